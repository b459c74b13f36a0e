//! Versions of keys: the material, and how far it is from being destroyed.

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
    /// When the material is to be, or was, destroyed.
    pub(super) destroy: Option<Timestamp>,
    /// 256 bits in base64; empty once destroyed.
    pub(super) material: String,
    /// How often it encrypted: no nonce may come twice.
    pub(super) uses: u64,
}

/// The one kind of version there is.
pub(super) fn template() -> Value {
    json!({ "algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION", "protectionLevel": "SOFTWARE" })
}

impl Version {
    pub(super) fn shown(&self, name: &str) -> Value {
        let mut shown = template();
        shown["name"] = name.into();
        shown["state"] = self.state.name().into();
        shown["createTime"] = json!(self.created);
        shown["generateTime"] = json!(self.created);
        if let Some(at) = self.destroy {
            let destroyed = self.state == State::Destroyed;
            let field = if destroyed {
                "destroyEventTime"
            } else {
                "destroyTime"
            };
            shown[field] = json!(at);
        }
        shown
    }
}

/// Refuses a version in another state than those.
pub(super) fn usable(name: &str, state: State, wanted: &[State]) -> Result<(), ApiError> {
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
