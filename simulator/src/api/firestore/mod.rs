//! Firestore, REST v1, in native mode.
//!
//! Not simulated: `findNearest` and pipelines. Calls that request them get 501.

mod aggregation;
mod batch_write;
mod collections;
mod commit;
mod database;
mod databases;
mod document;
mod field;
mod field_path;
mod fields;
mod filter;
mod index;
mod indexes;
mod mask;
mod partition;
mod path;
mod permissions;
mod query;
mod read;
mod reading;
mod routes;
mod store;
mod transaction;
mod transactions;
mod transform;
mod ttl;
mod value;
mod versions;
mod view;
mod wire;
mod write;

#[cfg(test)]
mod tests;

pub(crate) use routes::ROUTES;
pub(crate) use store::Firestore;
pub(crate) use ttl::expire;
