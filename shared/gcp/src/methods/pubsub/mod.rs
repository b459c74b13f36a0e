//! Pub/Sub, v1. Functions publish through [`crate::Publisher`]; the rest is for
//! deployment and tests.

mod messages;
mod subscriptions;
mod topics;

pub use messages::*;
pub use subscriptions::*;
pub use topics::*;

use crate::{Collection, Method};

/// Every collection of this module.
pub static COLLECTIONS: &[&Collection] = &[&TOPICS, &SUBSCRIPTIONS];

/// Every other method of this module.
pub static ALL: &[&Method] = &[&PUBLISH, &PULL, &ACKNOWLEDGE, &MODIFY_ACK_DEADLINE];
