//! Ids, Google Cloud resource names and time, as types that parse or fail.
//!
//! Nothing here reads a clock, draws a random number or does I/O. A value of
//! one of these types was checked where it entered; `Display` prints the form
//! that Google's APIs take in a path.

mod cloud;
mod id;
mod job;
pub mod label;
mod time;
mod variable;

pub use cloud::{
    BucketName, DatabaseName, InstanceName, MachineType, ObjectName, ProjectId, Region,
    ServiceAccountEmail, SubscriptionName, TopicName, Zone,
};
pub use id::InvalidName;
pub use job::{Attempt, JobId};
pub use time::{Clock, Duration, Timestamp};
pub use variable::Variable;
