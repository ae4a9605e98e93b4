package main

// storageByGRPC are the tests of the gRPC transport and of what only that has: zonal buckets,
// appendable objects, folders.
const storageByGRPC = "MultiRangeDownloader|_MRD|DirectConnectivity|MetricsEnablement|GRPC$|Append|ManagedFolder|ClientTracing|Universe"

// What several of the tests of the Storage client fail for.
const (
	leftOut   = "Google's own run leaves it out"
	noV2      = "its URL is signed by V2, which is not supported"
	noContext = "custom contexts of objects are not supported"
	noPayer   = "requester pays is not supported"
	noPublic  = "nothing is public: there is no anonymous access"
	noKeys    = "encryption keys of the customer are not supported"
	noLock    = "retention of single objects is not supported"
)

// knownStorage are the tests of the Storage client that fail, each with its reason.
var knownStorage = map[string]string{
	"TestIntegration_BucketACL":                            leftOut,
	"TestIntegration_BucketEncryptionEnforcement":          leftOut,
	"TestIntegration_BucketPolicyOnly":                     leftOut,
	"TestIntegration_ObjectIteration":                      leftOut,
	"TestIntegration_ObjectUpdate":                         leftOut,
	"TestIntegration_PostPolicyV4":                         leftOut,
	"TestIntegration_PostPolicyV4_BucketDefault":           leftOut,
	"TestIntegration_PostPolicyV4_SignedURL_WithSignBytes": leftOut,
	"TestIntegration_PostPolicyV4_WithCreds":               leftOut,
	"TestIntegration_PredefinedACLs":                       leftOut,
	"TestIntegration_PublicAccessPrevention":               leftOut,
	"TestIntegration_PublicObject":                         leftOut,
	"TestIntegration_SoftDelete":                           leftOut,
	"TestIntegration_UniformBucketLevelAccess":             leftOut,

	"TestIntegration_Autoclass":                         "Autoclass is not supported",
	"TestIntegration_BucketCreateDelete":                "a dual-region of one's own choice is not supported, nor are project numbers in buckets",
	"TestIntegration_BucketObjectRetention":             noLock,
	"TestIntegration_Copy":                              noContext,
	"TestIntegration_Encryption":                        noKeys,
	"TestIntegration_HierarchicalNamespace":             "hierarchical namespaces are not supported",
	"TestIntegration_HMACKey":                           "HMAC keys are not supported",
	"TestIntegration_KMS":                               noKeys,
	"TestIntegration_ObjectCompose":                     noContext,
	"TestIntegration_ObjectCompose_DeleteSourceObjects": "a composition does not delete its sources",
	"TestIntegration_ObjectGetListCustomContexts":       noContext,
	"TestIntegration_ObjectIterationMatchGlob":          "matchGlob is not supported",
	"TestIntegration_ObjectMove":                        "hierarchical namespaces are not supported, nor is moving objects",
	"TestIntegration_ObjectPatchCustomContexts":         noContext,
	"TestIntegration_ObjectRetention":                   noLock,
	"TestIntegration_PublicBucket":                      noPublic + ", and the bucket is one of Google's",
	"TestIntegration_ReadCRC":                           "it reads a public data set of Google's",
	"TestIntegration_RequesterPaysNonOwner":             noPayer,
	"TestIntegration_RequesterPaysOwner":                noPayer,
	"TestIntegration_SignedURL":                         noV2 + ", and an x-goog- header that is not known is refused",
	"TestIntegration_SignedURL_DefaultSignBytes":        noV2,
	"TestIntegration_SignedURL_EmptyStringObjectName":   "the XML API lists no objects",
	"TestIntegration_SignedURL_WithCreds":               noV2,
	"TestIntegration_SignedURL_WithEncryptionKeys":      noKeys,
	"TestIntegration_UpdateDefaultEventBasedHold":       noPayer + ", which it sets beside the hold",
}
