//! The methods that groundcrew calls, one file per API.

pub mod cloudbilling;
pub mod compute;
pub mod firestore;
pub mod iam;
pub mod iamcredentials;
pub mod keyrings;
pub mod kms;
pub mod pubsub;
pub mod resourcemanager;
pub mod serviceusage;
pub mod storage;

use crate::Method;
use serde::{Deserialize, Deserializer, de::Error};

/// Every method of the table.
pub static ALL: &[&[&Method]] = &[
    cloudbilling::ALL,
    compute::ALL,
    firestore::ALL,
    iam::ALL,
    iamcredentials::ALL,
    keyrings::ALL,
    kms::ALL,
    pubsub::ALL,
    resourcemanager::ALL,
    serviceusage::ALL,
    storage::ALL,
];

/// An int64, which Google's JSON writes as text.
fn int64<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(i64),
        Text(String),
    }
    match Either::deserialize(from)? {
        Either::Number(number) => Ok(number),
        Either::Text(text) => text.parse().map_err(D::Error::custom),
    }
}
