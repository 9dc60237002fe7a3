// Package attribute contains what resources, data sources and ephemeral resources share:
//
//   - the attributes that the API determines (CertificateFacts, AssociationFacts) and their descriptions;
//   - the values that an attribute may have (ZoneID, Hostname, Timeout, …);
//   - the data that the configured provider passes to all of them (ProviderData);
//   - the text in which a user sees an error of the client (Problem).
package attribute
