//! Push configurations of subscriptions.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Where to push. A subscription without an endpoint is a pull subscription.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct PushConfig {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) push_endpoint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    oidc_token: Option<OidcToken>,
    /// Stored only; the single known attribute, `x-goog-version`, has the
    /// single value `v1`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) no_wrapper: Option<NoWrapper>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pubsub_wrapper: Option<PubsubWrapper>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct OidcToken {
    service_account_email: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    audience: String,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct NoWrapper {
    #[serde(skip_serializing_if = "is_false")]
    pub(super) write_metadata: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PubsubWrapper {}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
pub(super) const fn is_false(flag: &bool) -> bool {
    !*flag
}

impl PushConfig {
    /// The service account that authenticates pushes, and the audience of its
    /// token, which is the endpoint by default.
    pub(super) fn identity(&self) -> Option<(String, String)> {
        let oidc = self.oidc_token.as_ref()?;
        let audience = if oidc.audience.is_empty() {
            &self.push_endpoint
        } else {
            &oidc.audience
        };
        Some((oidc.service_account_email.clone(), audience.clone()))
    }

    /// Google requires https; plain http is accepted for loopback endpoints.
    pub(super) fn check(&self) -> Result<(), String> {
        let endpoint = &self.push_endpoint;
        let host = endpoint
            .strip_prefix("https://")
            .or_else(|| endpoint.strip_prefix("http://"));
        if !endpoint.is_empty() && host.is_none_or(str::is_empty) {
            return Err(format!(
                "Invalid push endpoint given (endpoint={endpoint})."
            ));
        }
        let nobody = |oidc: &OidcToken| oidc.service_account_email.is_empty();
        if self.oidc_token.as_ref().is_some_and(nobody) {
            return Err("An OIDC token must name a service account.".to_owned());
        }
        if self.no_wrapper.is_some() && self.pubsub_wrapper.is_some() {
            return Err("Only one of noWrapper and pubsubWrapper may be set.".to_owned());
        }
        Ok(())
    }
}

/// The service account in a push configuration. Setting it requires permission
/// to act as it.
pub(super) fn account(config: &Value) -> Option<&str> {
    config["oidcToken"]["serviceAccountEmail"]
        .as_str()
        .filter(|email| !email.is_empty())
}
