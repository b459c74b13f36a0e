//! Numbers in Google's JSON.

use serde::{Deserialize, Deserializer, de::Error};

/// Deserializes an int64, which Google's JSON encodes as a string.
pub(crate) fn int64<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum NumberOrString {
        Number(i64),
        String(String),
    }
    match NumberOrString::deserialize(from)? {
        NumberOrString::Number(number) => Ok(number),
        NumberOrString::String(text) => text.parse().map_err(D::Error::custom),
    }
}
