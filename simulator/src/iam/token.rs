//! Access tokens as they are stored.

use crate::iam::Principal;
use names::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) principal: Principal,
    pub(crate) expires: Timestamp,
}
