//! Versions of keys: their material and state.

use crate::ApiError;
use names::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum State {
    Enabled,
    Disabled,
    DestroyScheduled,
    Destroyed,
}

impl State {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Enabled => "ENABLED",
            Self::Disabled => "DISABLED",
            Self::DestroyScheduled => "DESTROY_SCHEDULED",
            Self::Destroyed => "DESTROYED",
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Version {
    pub(super) state: State,
    pub(super) created: Timestamp,
    /// When the material will be, or was, destroyed.
    pub(super) destroy: Option<Timestamp>,
    /// 256 bits in base64; empty once destroyed.
    pub(super) material: String,
    /// Number of encryptions, from which each nonce is made: none may occur
    /// twice.
    pub(super) encryptions: u64,
}

/// The only supported version template.
pub(super) fn template() -> Value {
    json!({ "algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION", "protectionLevel": "SOFTWARE" })
}

impl Version {
    pub(super) fn to_json(&self, name: &str) -> Value {
        let mut json = template();
        json["name"] = name.into();
        json["state"] = self.state.name().into();
        json["createTime"] = json!(self.created);
        json["generateTime"] = json!(self.created);
        if let Some(at) = self.destroy {
            let destroyed = self.state == State::Destroyed;
            let field = if destroyed {
                "destroyEventTime"
            } else {
                "destroyTime"
            };
            json[field] = json!(at);
        }
        json
    }
}

/// Refuses a version whose state is not one of `wanted`.
pub(super) fn check_state(name: &str, state: State, wanted: &[State]) -> Result<(), ApiError> {
    if wanted.contains(&state) {
        return Ok(());
    }
    let names: Vec<String> = wanted.iter().map(|s| s.name().to_lowercase()).collect();
    let mut error = ApiError::failed_precondition(format!(
        "{name} is not {}, current state is: {}.",
        names.join(" or "),
        state.name()
    ));
    error.details.push(json!({
        "@type": "type.googleapis.com/google.rpc.PreconditionFailure",
        "violations": [{ "type": format!("KEY_{}", state.name()), "subject": name }],
    }));
    Err(error)
}

/// The full name of a version of a key.
pub(super) fn version_name(key: &str, number: impl std::fmt::Display) -> String {
    format!("{key}/cryptoKeyVersions/{number}")
}
