//! Configuration that applies to every project.

use names::{Region, ServiceAccountEmail, TopicName};
use std::collections::BTreeSet;

/// groundcrew's own configuration for the projects that it sets up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The account that projects invite, to launch machines there.
    pub resource_manager: ServiceAccountEmail,
    /// The accounts of the job functions, which may access only claims and exit
    /// records.
    pub functions: BTreeSet<ServiceAccountEmail>,
    /// Regions in which machines run, unless the project's spec lists others.
    pub regions: BTreeSet<Region>,
    /// The topic to which machines publish. If `None`, the topic's owner must
    /// grant the machines' accounts the publisher role.
    pub reports: Option<TopicName>,
    /// The topic to which the project's sink exports what happens to machines. If
    /// `None`, there is no sink: the sweep finds out later.
    pub maintenance: Option<TopicName>,
    /// Those of the topics whose policy the caller cannot access: the grants in it
    /// are left to the topic's owner.
    pub closed_topics: BTreeSet<TopicName>,
}
