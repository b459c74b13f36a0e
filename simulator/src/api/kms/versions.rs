//! Methods on the versions of keys.

use super::{
    name,
    operation::begin_delete,
    response::{enumerated, page, respond},
    version::{State, Version, check_state, version_name},
};
use crate::{ApiError, ApiResponse, Call, Cloud};

/// Changes the version in the path, which must be in one of the states `from`.
fn change(
    cloud: &mut Cloud,
    call: &Call,
    from: &[State],
    act: impl FnOnce(&mut Version),
) -> Result<ApiResponse, ApiError> {
    let name = name::requested_version(cloud, call)?;
    check_state(&name, cloud.kms.version(&name)?.state, from)?;
    let version = cloud.kms.versions.get_mut(&name).expect("looked up above");
    act(version);
    respond(call, version.to_json(&name))
}

pub(super) fn create(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let key = name::key(cloud, call)?;
    cloud.kms.key(&key)?;
    let number = cloud.kms.add_version(&key, call.now);
    let name = version_name(&key, number);
    respond(call, cloud.kms.version(&name)?.to_json(&name))
}

pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = name::requested_version(cloud, call)?;
    respond(call, cloud.kms.version(&name)?.to_json(&name))
}

pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let key = name::key(cloud, call)?;
    cloud.kms.key(&key)?;
    let names = cloud.kms.numbers(&key).into_iter();
    let all = names
        .map(|number| {
            let name = version_name(&key, number);
            Ok(cloud.kms.version(&name)?.to_json(&name))
        })
        .collect::<Result<_, ApiError>>()?;
    page(call, "cryptoKeyVersions", all)
}

/// Enables or disables a version.
pub(super) fn patch(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
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

pub(super) fn destroy(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let key = name::key(cloud, call)?;
    let at = call.now + cloud.kms.key(&key)?.destroy_delay;
    change(cloud, call, &[State::Enabled, State::Disabled], |version| {
        version.state = State::DestroyScheduled;
        version.destroy = Some(at);
    })
}

pub(super) fn restore(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    change(cloud, call, &[State::DestroyScheduled], |version| {
        version.state = State::Disabled;
        version.destroy = None;
    })
}

pub(super) fn delete(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = name::requested_version(cloud, call)?;
    check_state(&name, cloud.kms.version(&name)?.state, &[State::Destroyed])?;
    cloud.kms.versions.remove(&name);
    Ok(begin_delete(
        cloud,
        call,
        &name,
        "DeleteCryptoKeyVersionMetadata",
    ))
}
