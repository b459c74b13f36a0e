//! Firestore, REST v1, in native mode.
//!
//! Not simulated: transactions, reads at a past time, `OR`, `NOT_IN` and
//! aggregations. Calls that request them get 501.

mod commit;
mod database;
mod databases;
mod document;
mod field;
mod field_path;
mod fields;
mod index;
mod indexes;
mod mask;
mod path;
mod permissions;
mod query;
mod read;
mod routes;
mod store;
mod transform;
mod ttl;
mod value;
mod wire;
mod write;

#[cfg(test)]
mod tests;

pub(crate) use routes::ROUTES;
pub(crate) use store::Firestore;
pub(crate) use ttl::expire;
