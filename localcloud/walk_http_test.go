package localcloud_test

// httpRow says how the walk calls a route, and what a tenant is answered who calls it on another's
// resource. {bucket} and {toBucket} are the other tenant's bucket, and {call} its account with the
// method after the colon.
type httpRow struct {
	route  string // as the port's inventory has it
	query  string // beside what the route asks for
	body   string
	answer answer
}

// storageWalk has a row, or more, of each route of Cloud Storage.
var storageWalk = []httpRow{
	{"GET /storage/v1/b", "project=bulkhead-test", "", wantDenied},
	{"POST /storage/v1/b", "project=bulkhead-test", `{"name": "{bucket}"}`, wantDenied},
	{"GET /storage/v1/b/{bucket}", "", "", wantDenied},
	{"PATCH /storage/v1/b/{bucket}", "", `{"labels": {"a": "b"}}`, wantDenied},
	{"PUT /storage/v1/b/{bucket}", "", `{"labels": {"a": "b"}}`, wantDenied},
	{"DELETE /storage/v1/b/{bucket}", "", "", wantDenied},
	{"POST /storage/v1/b/{bucket}/lockRetentionPolicy", "ifMetagenerationMatch=1", "", wantDenied},
	{"GET /storage/v1/b/{bucket}/iam", "", "", wantDenied},
	{"PUT /storage/v1/b/{bucket}/iam", "", `{"bindings": []}`, wantDenied},
	{"GET /storage/v1/b/{bucket}/iam/testPermissions", "permissions=storage.objects.get", "", wantEmpty},

	{"GET /storage/v1/b/{bucket}/notificationConfigs", "", "", wantDenied},
	{"POST /storage/v1/b/{bucket}/notificationConfigs", "", `{"topic": "//pubsub.googleapis.com/{topic}", "payload_format": "NONE"}`, wantDenied},
	{"GET /storage/v1/b/{bucket}/notificationConfigs/{id}", "", "", wantDenied},
	{"DELETE /storage/v1/b/{bucket}/notificationConfigs/{id}", "", "", wantDenied},
	{"GET /storage/v1/projects/{project}/serviceAccount", "", "", wantDenied},

	{"GET /storage/v1/b/{bucket}/o", "", "", wantDenied},
	{"GET /storage/v1/b/{bucket}/o", "prefix=notes/", "", wantDenied},
	{"GET /storage/v1/b/{bucket}/o/{object} alt=media", "", "", wantDenied},
	{"GET /download/storage/v1/b/{bucket}/o/{object}", "alt=media", "", wantDenied},
	{"GET /storage/v1/b/{bucket}/o/{object}", "", "", wantDenied},
	{"PATCH /storage/v1/b/{bucket}/o/{object}", "", `{"metadata": {"a": "b"}}`, wantDenied},
	{"PUT /storage/v1/b/{bucket}/o/{object}", "", `{"metadata": {"a": "b"}}`, wantDenied},
	{"POST /storage/v1/b/{bucket}/o/{object}/compose", "", `{"sourceObjects": [{"name": "notes/n"}]}`, wantDenied},
	{"POST /storage/v1/b/{bucket}/o/{object}/rewriteTo/b/{toBucket}/o/{toObject}", "", `{}`, wantDenied},
	{"POST /storage/v1/b/{mybucket}/o/{object}/rewriteTo/b/{toBucket}/o/{toObject}", "", `{}`, wantDenied},
	{"POST /storage/v1/b/{bucket}/o/{object}/rewriteTo/b/{mybucket}/o/{toObject}", "", `{}`, wantDenied},
	{"POST /storage/v1/b/{bucket}/o/{object}/copyTo/b/{toBucket}/o/{toObject}", "", `{}`, wantDenied},
	{"POST /storage/v1/b/{mybucket}/o/{object}/copyTo/b/{toBucket}/o/{toObject}", "", `{}`, wantDenied},
	{"POST /storage/v1/b/{bucket}/o/{object}/copyTo/b/{mybucket}/o/{toObject}", "", `{}`, wantDenied},
	{"DELETE /storage/v1/b/{bucket}/o/{object}", "", "", wantDenied},

	{"POST /upload/storage/v1/b/{bucket}/o uploadType=media", "name=notes/n", "mine", wantDenied},
	{"POST /upload/storage/v1/b/{bucket}/o uploadType=multipart", "", multipartBody, wantDenied},
	{"POST /upload/storage/v1/b/{bucket}/o uploadType=resumable", "name=notes/n", `{}`, wantDenied},
	// The id of an upload under way is its credential, and nobody is told another's.
	{"POST /upload/storage/v1/b/{bucket}/o upload_id", "upload_id=guessed", "mine", wantRefused},
	{"PUT /upload/storage/v1/b/{bucket}/o upload_id", "upload_id=guessed", "mine", wantRefused},
	{"DELETE /upload/storage/v1/b/{bucket}/o upload_id", "upload_id=guessed", "", wantRefused},
	{"PUT /{bucket}/{object...} upload_id", "upload_id=guessed", "mine", wantRefused},
	{"DELETE /{bucket}/{object...} upload_id", "upload_id=guessed", "", wantRefused},

	{"POST /{bucket}/{object...} uploads", "uploads=", "", wantDenied},
	{"PUT /{bucket}/{object...} uploadId", "uploadId=guessed&partNumber=1", "mine", wantDenied},
	{"POST /{bucket}/{object...} uploadId", "uploadId=guessed", "<CompleteMultipartUpload/>", wantDenied},
	{"DELETE /{bucket}/{object...} uploadId", "uploadId=guessed", "", wantDenied},
	{"GET /{bucket}/{object...} uploadId", "uploadId=guessed", "", wantDenied},
	{"GET /{bucket} uploads", "uploads=", "", wantDenied},

	{"GET /{bucket}/{object...}", "", "", wantDenied},
	{"HEAD /{bucket}/{object...}", "", "", wantDenied},
	{"PUT /{bucket}/{object...}", "", "mine", wantDenied},
	{"DELETE /{bucket}/{object...}", "", "", wantDenied},
	{"POST /{bucket}/{object...}", "", "", wantDenied},
}

const multipartBody = "--b\r\nContent-Type: application/json\r\n\r\n{\"name\": \"notes/n\"}\r\n--b\r\n\r\nmine\r\n--b--\r\n"

// accountsWalk has a row of each route of IAM. The other account's name follows the project's.
var accountsWalk = []httpRow{
	{"POST /v1/projects/{project}/serviceAccounts/{call} generateAccessToken", "", `{"scope": ["https://www.googleapis.com/auth/cloud-platform"]}`, wantDenied},
	{"POST /v1/projects/{project}/serviceAccounts/{call} generateIdToken", "", `{"audience": "https://example.com"}`, wantDenied},
	{"POST /v1/projects/{project}/serviceAccounts/{call} signBlob", "", `{"payload": "AAAA"}`, wantDenied},
	{"POST /v1/projects/{project}/serviceAccounts/{call} signJwt", "", `{"payload": "{}"}`, wantDenied},
}

// publicWalk has a row of each route, of whichever port, that asks for no Google credential, with
// the reason.
var publicWalk = map[string]string{
	"POST /token":           "the assertion that is posted is the credential; TestTokenEndpointRefuses of localcloud/iam tries what is none",
	"POST /oauth2/v4/token": "the same, by an older path",
	"POST /o/oauth2/token":  "the same, by an older path",
	"GET /oauth2/v3/certs":  "public keys verify, and sign nothing",
	"GET /service_accounts/v1/metadata/x509/{account}": "public keys verify, and sign nothing; Google serves them to anybody too",

	"GET /robot/v1/metadata/x509/securetoken@system.gserviceaccount.com":  "public keys verify, and sign nothing",
	"GET /service_accounts/v1/jwk/securetoken@system.gserviceaccount.com": "public keys verify, and sign nothing",
	"GET /identitytoolkit/v3/relyingparty/publicKeys":                     "public keys verify, and sign nothing",
	"GET /v1/sessionCookiePublicKeys":                                     "public keys verify, and sign nothing",
}
