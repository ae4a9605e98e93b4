package storage

import (
	"net/url"
	"reflect"
	"strings"
)

// target is what an operation's permission is asked on.
type target int

const (
	onProject target = iota
	onBucket
	onObject
)

// route is one operation.
type route struct {
	method     string
	pattern    string // {x} is one segment, {x...} is the rest of the path
	when       string // a query parameter, or parameter=value, that this row takes
	permission string // asked before serve runs; empty: serve asks
	on         target
	bySession  bool         // authenticated by an upload's id alone
	params     string       // the query parameters it knows beside its API's
	answers    reflect.Type // the resource that it answers; nil: none, or no JSON
	serve      func(*Service, *call) error
}

// reserved are the first segments of paths that are not buckets.
var reserved = map[string]bool{"storage": true, "upload": true, "download": true, "batch": true, "resumable": true}

// Parameters that every operation of an API knows. Those that shape an answer alone (prettyPrint,
// projection) may be ignored: the answer then holds more than was asked for.
const (
	jsonParams = "alt prettyPrint fields projection key quotaUser userIp userProject"
	xmlParams  = "X-Goog-Algorithm X-Goog-Credential X-Goog-Date X-Goog-Expires X-Goog-SignedHeaders X-Goog-Signature userProject"

	metaConds   = "ifMetagenerationMatch ifMetagenerationNotMatch"
	objectConds = "ifGenerationMatch ifGenerationNotMatch " + metaConds
	sourceConds = "ifSourceGenerationMatch ifSourceGenerationNotMatch ifSourceMetagenerationMatch ifSourceMetagenerationNotMatch"
)

const (
	pBuckets = "/storage/v1/b"
	pBucket  = pBuckets + "/{bucket}"
	pObjects = pBucket + "/o"
	pObject  = pObjects + "/{object}"
	pUpload  = "/upload" + pObjects
	pXML     = "/{bucket}/{object...}"

	pNotifications = pBucket + "/notificationConfigs"
)

// routes is every operation there is.
var routes = []route{
	{method: "GET", pattern: pBuckets, permission: "storage.buckets.list", on: onProject, params: "project prefix maxResults pageToken", answers: ofBuckets, serve: (*Service).listBuckets},
	{method: "POST", pattern: pBuckets, permission: "storage.buckets.create", on: onProject, params: "project", answers: ofOneBucket, serve: (*Service).insertBucket},
	{method: "GET", pattern: pBucket, permission: "storage.buckets.get", on: onBucket, params: metaConds, answers: ofOneBucket, serve: (*Service).getBucket},
	{method: "PATCH", pattern: pBucket, permission: "storage.buckets.update", on: onBucket, params: metaConds, answers: ofOneBucket, serve: (*Service).patchBucket},
	{method: "PUT", pattern: pBucket, permission: "storage.buckets.update", on: onBucket, params: metaConds, answers: ofOneBucket, serve: (*Service).updateBucket},
	{method: "DELETE", pattern: pBucket, permission: "storage.buckets.delete", on: onBucket, params: metaConds, serve: (*Service).deleteBucket},
	{method: "POST", pattern: pBucket + "/lockRetentionPolicy", permission: "storage.buckets.update", on: onBucket,
		params: "ifMetagenerationMatch", answers: ofOneBucket, serve: (*Service).lockRetentionPolicy},
	{method: "GET", pattern: pBucket + "/iam", permission: "storage.buckets.getIamPolicy", on: onBucket, params: "optionsRequestedPolicyVersion", answers: ofPolicy, serve: (*Service).getIamPolicy},
	{method: "PUT", pattern: pBucket + "/iam", permission: "storage.buckets.setIamPolicy", on: onBucket, answers: ofPolicy, serve: (*Service).setIamPolicy},
	{method: "GET", pattern: pBucket + "/iam/testPermissions", on: onBucket, params: "permissions", answers: ofPermissions, serve: (*Service).testIamPermissions},

	{method: "POST", pattern: pNotifications, permission: "storage.buckets.update", on: onBucket, answers: ofNotification, serve: (*Service).insertNotification},
	{method: "GET", pattern: pNotifications, permission: "storage.buckets.get", on: onBucket, answers: ofNotifications, serve: (*Service).listNotifications},
	{method: "GET", pattern: pNotifications + "/{id}", permission: "storage.buckets.get", on: onBucket, answers: ofNotification, serve: (*Service).getNotification},
	{method: "DELETE", pattern: pNotifications + "/{id}", permission: "storage.buckets.update", on: onBucket, serve: (*Service).deleteNotification},
	{method: "GET", pattern: "/storage/v1/projects/{project}/serviceAccount", permission: "resourcemanager.projects.get", on: onProject, answers: ofServiceAccount, serve: (*Service).getServiceAccount},

	{method: "GET", pattern: pObjects, permission: "storage.objects.list", on: onBucket,
		params: "prefix delimiter startOffset endOffset maxResults pageToken versions includeTrailingDelimiter", answers: ofObjects, serve: (*Service).listObjects},
	{method: "GET", pattern: pObject, when: "alt=media", permission: "storage.objects.get", on: onObject, params: "generation " + objectConds, serve: (*Service).getContent},
	{method: "GET", pattern: "/download" + pObject, permission: "storage.objects.get", on: onObject, params: "generation " + objectConds, serve: (*Service).getContent},
	{method: "GET", pattern: pObject, permission: "storage.objects.get", on: onObject, params: "generation " + objectConds, answers: ofObject, serve: (*Service).getObject},
	{method: "PATCH", pattern: pObject, permission: "storage.objects.update", on: onObject, params: "generation " + objectConds, answers: ofObject, serve: (*Service).patchObject},
	{method: "PUT", pattern: pObject, permission: "storage.objects.update", on: onObject, params: "generation " + objectConds, answers: ofObject, serve: (*Service).updateObject},
	{method: "DELETE", pattern: pObject, permission: "storage.objects.delete", on: onObject, params: "generation " + objectConds, serve: (*Service).deleteObject},
	{method: "POST", pattern: pObject + "/compose", permission: "storage.objects.create", on: onObject, params: "ifGenerationMatch ifMetagenerationMatch", answers: ofObject, serve: (*Service).composeObject},
	{method: "POST", pattern: pObject + "/rewriteTo/b/{toBucket}/o/{toObject}", permission: "storage.objects.get", on: onObject,
		params: "sourceGeneration rewriteToken maxBytesRewrittenPerCall " + objectConds + " " + sourceConds, answers: ofRewrite, serve: (*Service).rewriteObject},
	{method: "POST", pattern: pObject + "/copyTo/b/{toBucket}/o/{toObject}", permission: "storage.objects.get", on: onObject,
		params: "sourceGeneration " + objectConds + " " + sourceConds, answers: ofObject, serve: (*Service).copyObject},

	{method: "POST", pattern: pUpload, when: "upload_id", bySession: true, params: sessionParams, answers: ofObject, serve: (*Service).continueUpload},
	{method: "PUT", pattern: pUpload, when: "upload_id", bySession: true, params: sessionParams, answers: ofObject, serve: (*Service).continueUpload},
	{method: "DELETE", pattern: pUpload, when: "upload_id", bySession: true, params: sessionParams, serve: (*Service).cancelUpload},
	{method: "POST", pattern: pUpload, when: "uploadType=media", params: insertParams, answers: ofObject, serve: (*Service).insertMedia},
	{method: "POST", pattern: pUpload, when: "uploadType=multipart", params: insertParams, answers: ofObject, serve: (*Service).insertMultipart},
	{method: "POST", pattern: pUpload, when: "uploadType=resumable", params: insertParams, answers: ofObject, serve: (*Service).insertResumable},

	{method: "POST", pattern: pXML, when: "uploads", permission: "storage.objects.create", on: onObject, params: "uploads", serve: (*Service).initiateMultipart},
	{method: "PUT", pattern: pXML, when: "uploadId", permission: "storage.objects.create", on: onObject, params: "uploadId partNumber", serve: (*Service).uploadPart},
	{method: "POST", pattern: pXML, when: "uploadId", permission: "storage.objects.create", on: onObject, params: "uploadId", serve: (*Service).completeMultipart},
	{method: "DELETE", pattern: pXML, when: "uploadId", permission: "storage.multipartUploads.abort", on: onObject, params: "uploadId", serve: (*Service).abortMultipart},
	{method: "GET", pattern: pXML, when: "uploadId", permission: "storage.multipartUploads.listParts", on: onObject,
		params: "uploadId max-parts part-number-marker", serve: (*Service).listParts},
	{method: "GET", pattern: "/{bucket}", when: "uploads", permission: "storage.multipartUploads.list", on: onBucket,
		params: "uploads prefix max-uploads key-marker upload-id-marker", serve: (*Service).listMultipart},

	{method: "GET", pattern: pXML, permission: "storage.objects.get", on: onObject, params: readParams, serve: (*Service).getContent},
	{method: "HEAD", pattern: pXML, permission: "storage.objects.get", on: onObject, params: readParams, serve: (*Service).getContent},
	{method: "PUT", pattern: pXML, when: "upload_id", bySession: true, params: "upload_id", serve: (*Service).continueUpload},
	{method: "DELETE", pattern: pXML, when: "upload_id", bySession: true, params: "upload_id", serve: (*Service).cancelUpload},
	{method: "PUT", pattern: pXML, permission: "storage.objects.create", on: onObject, serve: (*Service).putObject},
	{method: "DELETE", pattern: pXML, permission: "storage.objects.delete", on: onObject, params: "generation", serve: (*Service).deleteObject},
	{method: "POST", pattern: pXML, permission: "storage.objects.create", on: onObject, serve: (*Service).postObject},
}

const (
	insertParams  = "uploadType name contentEncoding " + objectConds
	sessionParams = "upload_id uploadType name contentEncoding " + objectConds
	readParams    = "generation response-content-disposition response-content-type"
)

// sendsContent reports whether an operation answers an object's content, and so knows the
// conditions of readers.
func (r route) sendsContent() bool {
	return r.permission == "storage.objects.get" && r.method != "POST" && r.answers == nil
}

// Route is one row of the inventory: an operation, as the front tells it from others.
type Route struct {
	Method  string
	Pattern string // {x} is one segment, {x...} is the rest of the path
	When    string // a query parameter, or parameter=value, that is part of what selects it; empty: none
}

// Routes is the inventory: every operation that is implemented. Any other is refused.
func Routes() []Route {
	var all []Route
	for _, r := range routes {
		all = append(all, Route{r.method, r.pattern, r.when})
	}
	return all
}

// match finds the call's row and refuses parameters which that does not know.
func (c *call) match() error {
	for i := range routes {
		rt := &routes[i]
		if rt.method != c.r.Method || !c.satisfies(rt.when) || strings.HasPrefix(rt.pattern, "/{") != c.xml() {
			continue
		}
		vars, ok, err := matchPath(rt.pattern, c.path)
		if err != nil {
			return err
		}
		if ok {
			c.route, c.vars = rt, vars
			return c.checkParams()
		}
	}
	return unsupported("%s %s is not supported.", c.r.Method, c.path)
}

func (c *call) satisfies(when string) bool {
	name, value, valued := strings.Cut(when, "=")
	return when == "" || c.has(name) && (!valued || c.param(name) == value)
}

// matchPath matches a raw path and decodes its variables, once.
func matchPath(pattern, path string) (map[string]string, bool, error) {
	vars := make(map[string]string)
	for pattern != "" {
		if !strings.HasPrefix(path, "/") {
			return nil, false, nil
		}
		var want, segment string
		want, pattern = cutSegment(pattern)
		if strings.HasSuffix(want, "...}") {
			segment, path = path[1:], ""
		} else {
			segment, path = cutSegment(path)
		}
		if !strings.HasPrefix(want, "{") {
			if want != segment {
				return nil, false, nil
			}
			continue
		}
		value, err := url.PathUnescape(segment)
		if err != nil {
			return nil, false, invalid("The path is not percent-encoded.")
		}
		if value == "" {
			return nil, false, nil
		}
		vars[strings.Trim(want, "{.}")] = value
	}
	return vars, path == "", nil
}

// cutSegment cuts "/a/b" into "a" and "/b".
func cutSegment(path string) (segment, rest string) {
	path = path[1:]
	if i := strings.IndexByte(path, '/'); i >= 0 {
		return path[:i], path[i:]
	}
	return path, ""
}
