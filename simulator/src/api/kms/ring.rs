//! Key rings.

use super::name;
use crate::{
    ApiError, Cloud,
    api::orgpolicy::check_location,
    collection::{IdSource, Kind},
};

pub(crate) static KEY_RING: Kind = Kind::new("cloudkms.v1", "projects.locations.keyRings")
    .id(IdSource::Query("keyRingId"), name::ID_PATTERN, name::is_id)
    .check_call(|_, _, _, name| name::check_location(name))
    .prepare(|cloud, _, name, _, _| {
        let part = |index| name.split('/').nth(index).unwrap_or_default();
        check_location(cloud, part(1), part(3), "a key ring")
    })
    .check_delete(|cloud, _, name| check_empty(&KEY_RING, cloud, name, "CryptoKeys"))
    .operation("google.cloud.kms.v1", "DeleteKeyRingMetadata");

/// Refuses to delete a resource with others inside.
pub(super) fn check_empty(
    kind: &'static Kind,
    cloud: &Cloud,
    name: &str,
    inside: &str,
) -> Result<(), ApiError> {
    if kind.is_empty(cloud, name) {
        return Ok(());
    }
    let kind = kind.type_of();
    Err(ApiError::failed_precondition(format!(
        "{kind} {name} has {inside}: delete them first."
    )))
}
