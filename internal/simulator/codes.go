package simulator

import "net/http"

// apiError is one entry of the envelope's errors (api-behaviour.md section 1a).
type apiError struct {
	Code       int        `json:"code"`
	Message    string     `json:"message"`
	ErrorChain []apiError `json:"error_chain,omitempty"`
}

// Observed codes (api-behaviour.md sections 1b and 1c). The messages are verbatim if a whole body was recorded (1406, 1412,
// 1415 on PUT, 6003, 10000, 1434). Of the others, only a part is known, and the rest of the sentence is invented.
var (
	errCertIDRequired   = apiError{Code: 1404, Message: "Certificate ID required."}
	errDuplicate        = apiError{Code: 1406, Message: "This certificate already exists for this zone."}
	errUnparsable       = apiError{Code: 1408, Message: "Unable to parse certificate or private key."}
	errOnlyLeaf         = apiError{Code: 1412, Message: "Only leaf certificate is allowed."}
	errBeingDeleted     = apiError{Code: 1414, Message: "Certificate is pending deletion."}
	errCertIDInvalid    = apiError{Code: 1415, Message: "Certificate ID in request is either invalid or the certificate has been deleted"}
	errDeleteIDInvalid  = apiError{Code: 1415, Message: "Invalid Certificate ID."}
	errInUse            = apiError{Code: 1433, Message: "Certificate is in use by a hostname."}
	errStillDeploying   = apiError{Code: 1434, Message: "Cannot delete resource while in pending deployment state."}
	errHostnameNotFound = apiError{Code: 1551, Message: "Per-hostname client certificate not found."}
	errZoneNotFound     = apiError{Code: 1552, Message: "Zone client certificate not found."}
	errNoAssociation    = apiError{Code: 1553, Message: "Client certificate setting for this hostname not found."}

	errNoRoute        = apiError{Code: 7000, Message: "No route for that URI"}
	errAuthentication = apiError{Code: 10000, Message: "Authentication error"}
	errInvalidToken   = apiError{Code: 9109, Message: "Unauthorized to access requested resource"}
	errUnknownKey     = apiError{Code: 9103, Message: "Unknown X-Auth-Key or X-Auth-Email"}
	errRateLimited    = apiError{Code: 971, Message: "Please wait and consider throttling your request speed"}
)

// Invented codes: the real codes of these refusals are not public (api-behaviour.md section 1b, rows "?" and "U"). The
// invented ones start at 19000, where no real code is known, so that a client that depends on one of them is easy to find.
var (
	errAlreadyDeleted   = apiError{Code: 19001, Message: "Certificate is already deleted."} // the message was observed, but not the code
	errMissingLeaf      = apiError{Code: 19002, Message: "missing leaf certificate"}        // the message is documented, but not the code
	errKeyMismatch      = apiError{Code: 19003, Message: "Private key does not match the certificate."}
	errCertQuota        = apiError{Code: 19004, Message: "Maximum number of hostname client certificates reached for this zone."}
	errAssociationQuota = apiError{Code: 19005, Message: "Maximum number of hostnames reached for this certificate."}
	errHostnameRefused  = apiError{Code: 19006, Message: "Hostname does not belong to this zone."}
	errBadBody          = apiError{Code: 19007, Message: "Unable to parse the request body."}
	errBadHostname      = apiError{Code: 19008, Message: "Invalid hostname."}
	errBadQuery         = apiError{Code: 19009, Message: "Invalid query parameter."}
	errOverlap          = apiError{Code: 19010, Message: "Another change of this zone is in progress."}
	errMethod           = apiError{Code: 19011, Message: "Method not allowed."}
	errNoCredentials    = apiError{Code: 19012, Message: "Missing Authorization or X-Auth-Email and X-Auth-Key headers."}
	errUnsupported      = apiError{Code: 19013, Message: "This endpoint is not available."}
)

// malformedHeader returns the error 6003, whose chain names the header (section 1c: 6111 Authorization, 6103
// X-Auth-Key, 6102 X-Auth-Email).
func malformedHeader(code int, header string) reply {
	return gatewayFailure(http.StatusBadRequest, apiError{
		Code: 6003, Message: "Invalid request headers",
		ErrorChain: []apiError{{Code: code, Message: "Invalid format for " + header + " header"}},
	})
}

// noRoute returns the gateway's answer to an unknown path and to a malformed zone id (section 1c: 7003 with 7000).
func noRoute(path string) reply {
	return gatewayFailure(http.StatusNotFound, apiError{
		Code:    7003,
		Message: "Could not route to " + path + ", perhaps your object identifier is invalid?",
	}, errNoRoute)
}
