//! Key rings as they are stored.

use names::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Ring {
    pub(super) created: Timestamp,
}
