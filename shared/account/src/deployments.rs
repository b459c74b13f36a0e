//! The deployments in the ledger.

use crate::{Deployment, Error};
use ledger::{Entry, Ledger, Query};
use names::{ProjectId, Timestamp};

/// How many are read in one call.
const PAGE: u32 = 200;

/// The deployments in a ledger.
#[derive(Clone)]
pub struct Deployments {
    ledger: Ledger,
}

impl Deployments {
    /// The deployments in `ledger`.
    #[must_use]
    pub fn new(ledger: Ledger) -> Self {
        Self { ledger }
    }

    /// The deployment in `project`; `None` if it was never set up.
    ///
    /// # Errors
    /// The ledger could not be read.
    pub async fn get(&self, project: &ProjectId) -> Result<Option<Deployment>, Error> {
        let entry = self.ledger.get::<Deployment>(project).await?;
        Ok(entry.map(|entry| entry.record))
    }

    /// All deployments, the newest first, and an error for each that cannot be
    /// read.
    ///
    /// # Errors
    /// The ledger could not be read.
    pub async fn all(&self) -> Result<(Vec<Entry<Deployment>>, Vec<ledger::Error>), Error> {
        let mut query = Query {
            newest_first: true,
            limit: PAGE,
            ..Query::default()
        };
        let (mut entries, mut unreadable) = (Vec::new(), Vec::new());
        loop {
            let page = self.ledger.query::<Deployment>(&query).await?;
            entries.extend(page.entries);
            unreadable.extend(page.unreadable);
            query.after = page.next;
            if query.after.is_none() {
                return Ok((entries, unreadable));
            }
        }
    }

    /// The projects whose deployments are due at `now`.
    ///
    /// # Errors
    /// The ledger could not be read.
    pub async fn due(&self, now: Timestamp) -> Result<Vec<ProjectId>, Error> {
        Ok(self.ledger.due::<Deployment>(now).await?)
    }

    /// Commits what `change` makes of the deployment in `project`, unless that
    /// is nothing or the same, and answers the deployment as it is then.
    /// `change` is called again where its input was stale.
    ///
    /// # Errors
    /// The ledger could not be read or written, or others kept writing.
    pub async fn change(
        &self,
        project: &ProjectId,
        change: impl FnMut(Option<&Deployment>) -> Option<Deployment>,
    ) -> Result<Option<Deployment>, Error> {
        Ok(self.ledger.update(project, change).await?)
    }
}
