//! Methods on the versions of keys.

use super::{
    name, operations,
    shown::{answer, enumerated, page},
    version::{State, Version, usable, version_name},
};
use crate::{Answer, ApiError, Call, Cloud};

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
    let name = version_name(&key, number);
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
            let name = version_name(&key, number);
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
    operations::begin(cloud, call, &name, "DeleteCryptoKeyVersionMetadata")
}
