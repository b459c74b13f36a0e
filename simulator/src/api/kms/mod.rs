//! Cloud KMS v1: key rings, symmetric keys and their versions.
//!
//! Ciphertext is real AES-256-GCM: only the right version with the right
//! additional data decrypts it. Key material is derived from the name and
//! creation time of a version, so that runs are reproducible; it is not secret.
//! Not simulated: other purposes than `ENCRYPT_DECRYPT`, other protection
//! levels than `SOFTWARE`, imports, filters and orders of lists.
//!
//! Unverified: messages of errors, except those from recordings or documents,
//! and that the name of a deleted key ring can be used again (the documents
//! rule this out for keys only).

mod cipher;
mod key;
mod keys;
mod locations;
mod name;
mod operation;
mod response;
mod ring;
mod rotation;
mod routes;
mod store;
mod version;
mod versions;

#[cfg(test)]
mod tests;

pub(crate) use ring::KEY_RING;
pub(crate) use rotation::advance;
pub(crate) use routes::ROUTES;
pub(crate) use store::Kms;
