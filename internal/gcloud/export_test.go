package gcloud

// GRPCTarget says where a gRPC endpoint is dialled, with what security, and whether a token may go there in plaintext.
func GRPCTarget(ours, google string) (target, security string, plaintext bool, err error) {
	target, creds, err := grpcTarget(ours, google)
	if err != nil {
		return "", "", false, err
	}
	w, err := Dial(ours, google)
	if err != nil {
		return "", "", false, err
	}
	defer w.Close()
	return target, creds.Info().SecurityProtocol, !bearer{secure: w.secure}.RequireTransportSecurity(), nil
}
