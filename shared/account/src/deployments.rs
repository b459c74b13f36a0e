//! The deployments in the ledger.

use crate::{Deployment, Error};
use ledger::{Entry, Ledger, Query};
use names::{ProjectId, Timestamp};

/// How often a change is made anew because somebody else wrote first.
const CONTENTIONS: usize = 5;
/// How many are read at a time.
const PAGE: u32 = 200;

/// The deployments in a ledger.
#[derive(Clone)]
pub struct Deployments {
    ledger: Ledger,
}

impl Deployments {
    /// Those in `ledger`.
    #[must_use]
    pub fn new(ledger: Ledger) -> Self {
        Self { ledger }
    }

    /// What is known of `project`.
    ///
    /// # Errors
    /// The ledger could not be read.
    pub async fn get(&self, project: &ProjectId) -> Result<Option<Deployment>, Error> {
        let entry = self.ledger.get::<Deployment>(project.as_str()).await?;
        Ok(entry.map(|entry| entry.record))
    }

    /// All of them, the newest first, and those that cannot be read.
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

    /// The projects that are due at `now`.
    ///
    /// # Errors
    /// The ledger could not be read.
    pub async fn due(&self, now: Timestamp) -> Result<Vec<String>, Error> {
        Ok(self.ledger.due::<Deployment>(now).await?)
    }

    /// Writes what `change` makes of what is known of `project`, unless that is
    /// nothing or the same, and answers what is known then. Where somebody else
    /// writes first, `change` is asked again.
    ///
    /// # Errors
    /// The ledger could not be read or written, or others kept writing.
    pub async fn change(
        &self,
        project: &ProjectId,
        mut change: impl FnMut(Option<&Deployment>) -> Option<Deployment>,
    ) -> Result<Option<Deployment>, Error> {
        const NO_EFFECTS: &[()] = &[];
        for _ in 0..CONTENTIONS {
            let entry = self.ledger.get::<Deployment>(project.as_str()).await?;
            let before = entry.as_ref().map(|entry| &entry.record);
            let Some(next) = change(before).filter(|next| before != Some(next)) else {
                return Ok(entry.map(|entry| entry.record));
            };
            let written = match &entry {
                Some(entry) => self.ledger.replace(entry, &next, NO_EFFECTS).await,
                None => {
                    let id = project.as_str();
                    self.ledger.create(id, &next, NO_EFFECTS).await
                }
            };
            match written {
                Ok(entry) => return Ok(Some(entry.record)),
                Err(ledger::Error::Conflict { .. } | ledger::Error::Exists { .. }) => {}
                Err(
                    error @ (ledger::Error::TooLarge { .. }
                    | ledger::Error::Unreadable { .. }
                    | ledger::Error::Api(_)),
                ) => return Err(error.into()),
            }
        }
        Err(Error::Contended {
            project: project.clone(),
        })
    }
}
