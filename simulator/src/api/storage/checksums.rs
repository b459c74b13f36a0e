//! Checksums that a caller sends with a content.

use crate::{ApiError, Call, content::Content};
use serde_json::Value;

/// What the caller computed, in base64.
#[derive(Debug, Clone)]
pub(super) struct Checksums {
    crc32c: Option<String>,
    md5: Option<String>,
}

pub(super) fn header<'c>(call: &'c Call, name: &str) -> Option<&'c str> {
    call.headers.get(name)?.to_str().ok()
}

/// A checksum in `x-goog-hash: crc32c=…,md5=…`, which can be several headers.
fn hash<'c>(call: &'c Call, name: &str) -> Option<&'c str> {
    let headers = call.headers.get_all("x-goog-hash").iter();
    let hashes = headers.filter_map(|value| value.to_str().ok());
    hashes
        .flat_map(|hashes| hashes.split(','))
        .find_map(|hash| hash.trim().strip_prefix(name))
}

impl Checksums {
    /// Those in the metadata of an object, or in headers.
    pub(super) fn new(call: &Call, metadata: &Value) -> Self {
        let crc32c = metadata["crc32c"].as_str();
        let md5 = metadata["md5Hash"].as_str();
        let md5 = md5.or_else(|| header(call, "content-md5"));
        Self {
            crc32c: crc32c.or_else(|| hash(call, "crc32c=")).map(str::to_owned),
            md5: md5.or_else(|| hash(call, "md5=")).map(str::to_owned),
        }
    }

    pub(super) fn check(&self, content: &Content) -> Result<(), ApiError> {
        for (kind, given, computed) in [
            ("CRC32C", &self.crc32c, Some(content.crc32c())),
            ("MD5 hash", &self.md5, content.md5()),
        ] {
            if let (Some(given), Some(computed)) = (given, computed)
                && *given != computed
            {
                return Err(ApiError::invalid(format!(
                    "Provided {kind} \"{given}\" doesn't match calculated {kind} \"{computed}\"."
                )));
            }
        }
        Ok(())
    }
}
