//! Versions of keys: the material, and how far it is from being destroyed.

use super::{
    name, operation,
    shown::{answer, enumerated, page},
};
use crate::{Answer, ApiError, Call, Cloud};
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

/// Moves the version that the path names from one of `from`.
fn change(
    cloud: &mut Cloud,
    call: &Call,
    from: &[State],
    act: impl FnOnce(&mut Version),
) -> Result<Answer, ApiError> {
    let name = name::asked(cloud, call)?;
    usable(&name, cloud.kms.version(&name)?.state, from)?;
    let version = cloud.kms.versions.get_mut(&name).expect("looked up above");
    act(version);
    answer(call, version.shown(&name))
}

pub(super) fn create(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let key = name::key(cloud, call)?;
    cloud.kms.key(&key)?;
    let number = cloud.kms.add_version(&key, call.now);
    let name = name::version(&key, number);
    answer(call, cloud.kms.version(&name)?.shown(&name))
}

pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let name = name::asked(cloud, call)?;
    answer(call, cloud.kms.version(&name)?.shown(&name))
}

pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let key = name::key(cloud, call)?;
    cloud.kms.key(&key)?;
    let names = cloud.kms.numbers(&key).into_iter();
    let all = names
        .map(|number| {
            let name = name::version(&key, number);
            Ok(cloud.kms.version(&name)?.shown(&name))
        })
        .collect::<Result<_, ApiError>>()?;
    page(call, "cryptoKeyVersions", all)
}

/// Enables or disables.
pub(super) fn patch(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let state = match enumerated("state", &call.body["state"])? {
        "ENABLED" => State::Enabled,
        "DISABLED" => State::Disabled,
        other => {
            let message = format!("A version cannot be updated to the state {other:?}.");
            return Err(ApiError::invalid(message));
        }
    };
    if call.query("updateMask") != Some("state") {
        return Err(ApiError::invalid("Only 'state' can be in the update_mask."));
    }
    change(cloud, call, &[State::Enabled, State::Disabled], |version| {
        version.state = state
    })
}

pub(super) fn destroy(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let key = name::key(cloud, call)?;
    let at = call.now + cloud.kms.key(&key)?.destroy_delay;
    change(cloud, call, &[State::Enabled, State::Disabled], |version| {
        version.state = State::DestroyScheduled;
        version.destroy = Some(at);
    })
}

pub(super) fn restore(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    change(cloud, call, &[State::DestroyScheduled], |version| {
        version.state = State::Disabled;
        version.destroy = None;
    })
}

pub(super) fn delete(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let name = name::asked(cloud, call)?;
    usable(&name, cloud.kms.version(&name)?.state, &[State::Destroyed])?;
    cloud.kms.versions.remove(&name);
    operation::begin(cloud, call, &name, "DeleteCryptoKeyVersionMetadata")
}
