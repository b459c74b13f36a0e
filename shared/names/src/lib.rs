//! Ids, Google Cloud resource names and time, as types that can only be made
//! by parsing.
//!
//! Nothing here reads a clock, draws a random number or does I/O. A value of
//! one of these types is valid; `Display` prints the form that Google's APIs
//! take in a path.

mod bucket_layout;
mod cloud;
mod env_var;
mod full_resource_name;
mod hierarchy;
mod iam;
mod job;
mod kms;
pub mod label;
mod managed_folder;
mod name;
mod network;
mod proxy_env;
mod time;
mod volume;

pub use bucket_layout::{JobObjects, ssh_key_aad, ssh_key_object};
pub use cloud::{
    BucketName, CustomRoleName, DatabaseName, DeploymentId, DeploymentName, InstanceName,
    MachineType, ObjectName, ProjectId, Region, RepositoryName, RunServiceName, ScheduleName,
    ServiceAccountEmail, ServiceName, SinkName, SubscriptionName, TopicName, Zone,
};
pub use env_var::{EnvVar, upper_case};
pub use full_resource_name::FullResourceName;
pub use hierarchy::{BillingAccountName, EnvironmentName, FolderName, ParentName, ProductName};
pub use iam::{Member, RoleName};
pub use job::{Attempt, JobId};
pub use kms::{CryptoKeyName, KeyRingName, Location};
pub use managed_folder::ManagedFolderName;
pub use name::InvalidName;
pub use network::{Internet, IpRange, NetworkName, RouterName, SubnetworkName};
pub use proxy_env::{proxy_environment, proxy_variables};
pub use time::{Clock, Duration, Timestamp};
pub use volume::VolumeName;
