//! Cloud KMS v1: key rings, symmetric keys and their versions.
//!
//! Ciphertext is real AES-256-GCM: only the right version with the right
//! additional data decrypts it. Key material is derived from the name and
//! creation time of a version, so that runs are reproducible; it is not secret.
//! Not simulated: other purposes than `ENCRYPT_DECRYPT`, other protection
//! levels than `SOFTWARE`, imports.
//!
//! Unverified: messages of errors, except those from recordings or documents,
//! and that the name of a deleted key ring can be used again (the documents
//! rule this out for keys only).

mod cipher;
mod fields;
mod keys;
mod name;
mod ring;
#[cfg(test)]
mod tests;

pub(crate) use keys::{CRYPTO_KEY, CRYPTO_KEY_VERSION, destroy_due, rotate_due};
pub(crate) use ring::KEY_RING;

use crate::{
    Call, Cloud,
    collection::{enums_as_asked, with_project_id},
    iam::RequiredPermission,
    route::{Route, routes},
};

/// The path to a version that the documents describe for the
/// method, and which is not a path in discovery.
pub(crate) const ROUTES: &[Route] = routes! {
    "cloudkms" "cloudkms.projects.locations.keyRings.cryptoKeys.encrypt" POST "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}/cryptoKeyVersions/{version}:encrypt"
        |cloud, call| {
            let version = version(cloud, call);
            name::check_location(&version)?;
            let version = CRYPTO_KEY_VERSION.resource(version);
            Ok(vec![RequiredPermission::new("cloudkms.cryptoKeyVersions.useToEncrypt", version)])
        },
        |cloud, call| {
            let version = version(cloud, call);
            let response = keys::encrypt_with(cloud, call, &version)?;
            Ok(enums_as_asked(&CRYPTO_KEY, "encrypt", call, response))
        };
};

/// The name of the version in the path.
fn version(cloud: &Cloud, call: &Call) -> String {
    let part = |name| call.path(name);
    let (project, location, ring) = (part("project"), part("location"), part("ring"));
    let ring = format!("projects/{project}/locations/{location}/keyRings/{ring}");
    let key = format!("{ring}/cryptoKeys/{}", part("key"));
    with_project_id(cloud, name::version_name(&key, part("version")))
}
