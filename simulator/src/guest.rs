//! Clients of metadata servers.

/// The guest that a metadata server serves.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guest {
    /// A Compute Engine machine, by its numeric ID.
    Instance(String),
    /// A Cloud Run service, whose metadata has only project, region and service
    /// account.
    Service {
        /// Project ID.
        project: String,
        /// Email address of its service account.
        account: String,
    },
}
