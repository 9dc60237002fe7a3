// Package attribute is what resources, data sources and ephemeral resources have in common:
//
//   - the attributes that the API decides about (CertificateFacts, AssociationFacts) and their descriptions;
//   - the values that an attribute may have (ZoneID, Hostname, Timeout, …);
//   - what the configured provider passes to all of them (ProviderData);
//   - how an error of the client is reported to a user (Problem).
package attribute
