//! Cloud KMS v1: key rings, symmetric keys and their versions.
//!
//! Ciphertext is real AES-256-GCM: only the right version with the right
//! additional data opens it. Key material is derived from a version's name and
//! the time it was made, so that a run can be repeated: secret it is not.
//! Left out: other purposes than `ENCRYPT_DECRYPT`, other protection levels
//! than `SOFTWARE`, imports, and filters and orders of lists.
//!
//! Not verified against Google: the words of refusals, unless a recording or
//! a document has them, and that the name of a deleted key ring may be used
//! again (its documents say of keys alone that theirs may not).

mod cipher;
mod key;
mod keys;
mod name;
mod operation;
mod operations;
mod ring;
mod rings;
mod rotation;
mod routes;
mod shown;
mod store;
mod version;
mod versions;

#[cfg(test)]
mod tests;

pub(crate) use rotation::advance;
pub(crate) use routes::ROUTES;
pub(crate) use store::Kms;
