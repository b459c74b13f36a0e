//! Timestamps in deliveries.

use crate::DecodeError;
use names::Timestamp;

/// Parses the RFC 3339 timestamp `text` of the field `field` in `what`.
pub(super) fn parse(what: &'static str, field: &str, text: &str) -> Result<Timestamp, DecodeError> {
    text.parse()
        .map_err(|e| DecodeError::new(what, format!("{field}: {e}")))
}
