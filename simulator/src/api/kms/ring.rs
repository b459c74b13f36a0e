//! Key rings.

use super::name;
use crate::{
    ApiError, Call, Cloud,
    collection::{IdSource, Kind},
};

pub(crate) static KEY_RING: Kind = Kind::new("cloudkms.v1", "projects.locations.keyRings")
    .id(IdSource::Query("keyRingId"), name::ID_PATTERN, name::is_id)
    .check_name(|_, name| name::check_location(name))
    .check_delete(|cloud, _, name| {
        if cloud
            .kms
            .keys
            .with_prefix(format!("{name}/"))
            .next()
            .is_none()
        {
            return Ok(());
        }
        Err(ApiError::failed_precondition(format!(
            "KeyRing {name} has CryptoKeys: delete them first."
        )))
    })
    .operation("google.cloud.kms.v1", "DeleteKeyRingMetadata");

/// The ring in the path; 404 if it does not exist.
pub(super) fn existing_ring(cloud: &Cloud, call: &Call) -> Result<String, ApiError> {
    let name = name::ring(cloud, call)?;
    match KEY_RING.row(cloud, &name) {
        Some(_) => Ok(name),
        None => Err(ApiError::not_found(format!("KeyRing {name} not found."))),
    }
}
