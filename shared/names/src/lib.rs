//! Ids, Google Cloud resource names and time, as types that parse or fail.
//!
//! Nothing here reads a clock, draws a random number or does I/O. A value of
//! one of these types was checked where it entered; `Display` prints the form
//! that Google's APIs take in a path.

mod access;
mod cloud;
mod folder;
mod hierarchy;
mod id;
mod job;
mod job_folder;
mod kms;
pub mod label;
mod layout;
mod network;
mod resource;
mod time;
mod variable;

pub use access::{Member, RoleName};
pub use cloud::{
    BucketName, CustomRoleName, DatabaseName, DeploymentName, InstanceName, MachineType,
    ObjectName, ProjectId, Region, ServiceAccountEmail, ServiceName, SubscriptionName, TopicName,
    Zone,
};
pub use folder::ManagedFolderName;
pub use hierarchy::{BillingAccountName, FolderName};
pub use id::InvalidName;
pub use job::{Attempt, JobId};
pub use job_folder::JobFolder;
pub use kms::{CryptoKeyName, KeyRingName, Location};
pub use layout::{VolumeName, ssh_key, ssh_key_aad};
pub use network::{IpRange, NetworkName, SubnetworkName};
pub use resource::FullName;
pub use time::{Clock, Duration, Timestamp};
pub use variable::Variable;
