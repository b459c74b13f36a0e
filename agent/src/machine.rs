//! The machine that the agent runs on, as its metadata server describes it.

use crate::{Error, backoff};
use events::Assignment;
use gcp::credentials::MetadataServer;
use names::{Duration, label};
use std::sync::Arc;

/// This machine and what it is to run.
pub(crate) struct Machine {
    metadata: Arc<MetadataServer>,
    /// Compute Engine's id of the machine.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// Its zone, `projects/{number}/zones/{zone}`.
    pub(crate) zone: String,
    /// What it is to run.
    pub(crate) assignment: Assignment,
}

impl Machine {
    /// Asks the metadata server, which early in a boot may take a while to
    /// answer.
    ///
    /// # Errors
    /// There is no assignment, or it cannot be read.
    pub(crate) async fn read(
        metadata: Arc<MetadataServer>,
        retry: Duration,
    ) -> Result<Self, Error> {
        let get = async |path: &str| {
            let mut backoff = backoff::starting_at(retry);
            loop {
                match metadata.get(path).await {
                    Ok(text) => return Ok(text),
                    Err(e) if e.status() == Some(404) => {
                        return Err(Error::NoMetadata(path.to_owned()));
                    }
                    Err(e) => tracing::warn!(path, error = %e, "no metadata yet"),
                }
                backoff.wait().await;
            }
        };
        let assignment = get(&format!("instance/attributes/{}", label::ASSIGNMENT)).await?;
        Ok(Self {
            id: get("instance/id").await?,
            name: get("instance/name").await?,
            zone: get("instance/zone").await?,
            assignment: serde_json::from_str(&assignment).map_err(Error::Assignment)?,
            metadata,
        })
    }

    /// A fresh identity token for `audience`, or why there is none.
    pub(crate) async fn identity(&self, audience: &str) -> Result<String, String> {
        let token = self.metadata.identity(audience).await;
        token.map_err(|e| format!("no identity token: {e}"))
    }
}
