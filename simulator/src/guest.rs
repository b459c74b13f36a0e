//! Whom a metadata server serves.

/// The guest that a metadata server belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guest {
    /// A Compute Engine machine, by its numeric id.
    Instance(String),
    /// A Cloud Run service: only project, region and service account.
    Service {
        /// The project that it runs in.
        project: String,
        /// The account that it runs as.
        account: String,
    },
}
