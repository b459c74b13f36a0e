//! What the factory has from groundcrew's configuration, and not from a spec.

use names::ServiceAccountEmail;
use std::collections::BTreeSet;

/// The configuration of the factory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The account that sets projects up for jobs.
    pub setup_account: ServiceAccountEmail,
    /// What that account needs in a project.
    pub setup_permissions: BTreeSet<String>,
}
