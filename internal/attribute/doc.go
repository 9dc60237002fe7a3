// Package attribute is what resources, data sources and ephemeral resources have in common:
//
//   - the attributes that the API decides about (CertificateFacts, AssociationFacts) and their descriptions;
//   - what an attribute may say (ZoneID, Hostname, Timeout, …);
//   - what the configured provider hands to all of them (ProviderData);
//   - how an error of the client is reported to a user (Problem).
package attribute
