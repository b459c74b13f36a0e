//! The identities of the job flow.

use names::TopicName;

/// An identity of the job flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// The function `job-queued`.
    JobQueued,
    /// The function `job-changed`.
    JobChanged,
    /// The function `maintenance-noticed`.
    MaintenanceNoticed,
    /// The function `sweep`.
    Sweep,
    /// The invited identity that the job functions impersonate.
    ResourceManager,
    /// The account that machines run as.
    Instances,
}

impl Identity {
    /// Every identity.
    pub const ALL: [Self; 6] = [
        Self::JobQueued,
        Self::JobChanged,
        Self::MaintenanceNoticed,
        Self::Sweep,
        Self::ResourceManager,
        Self::Instances,
    ];

    /// Its name; a function's is also that of its account.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::JobQueued => "job-queued",
            Self::JobChanged => "job-changed",
            Self::MaintenanceNoticed => "maintenance-noticed",
            Self::Sweep => "sweep",
            Self::ResourceManager => "resource-manager",
            Self::Instances => "instances",
        }
    }
}

/// The topics that the functions publish to, besides the machines' reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topics {
    /// `job-changed`.
    pub changes: TopicName,
    /// Where events go that can never be handled.
    pub dead_letters: TopicName,
}
