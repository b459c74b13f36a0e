//! Read, decide, commit; again if somebody else committed first.

use crate::{Error, Lease, Ledger, Loaded, Record};
use serde::{Serialize, de::DeserializeOwned};

/// How often a decision is made before [`Error::Contended`]: each time somebody
/// else committed first.
const MAX_DECISIONS: usize = 5;

/// What a decision makes of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordChange<R, E> {
    /// Write this record with these effects, in one commit.
    Commit(R, Vec<E>),
    /// Leave the record and its outbox unchanged.
    Keep,
}

/// The result of [`Ledger::decide`] and [`Ledger::create_or_load`].
pub struct Decided<'a, R: Record, E, T> {
    /// Excludes other handlers of this process from the record until it is dropped.
    pub lease: Lease<'a, R, E>,
    /// The record as it is after the decision; `None` if there is none.
    pub loaded: Option<Loaded<R, E>>,
    /// What the decision returned besides the change.
    pub output: T,
}

/// Whether a record was created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// This call created it.
    Created,
    /// It existed already, perhaps because an earlier attempt of this call created
    /// it and the response was lost.
    Existed,
}

impl Ledger {
    /// Calls `decide` with the record `id` and commits the change that it
    /// returns. `decide` may first see what this process last read or wrote;
    /// it is called again with what is stored where the commit fails because
    /// somebody else wrote, and where it keeps a record that was not read in
    /// this call: only a commit proves that a cached record was current. Its
    /// last output counts.
    ///
    /// # Errors
    /// [`Error::Contended`] if others kept writing; else as [`Ledger::load`]
    /// and [`Ledger::replace`].
    pub async fn decide<R: Record, E: Serialize + DeserializeOwned, T>(
        &self,
        id: &R::Id,
        mut decide: impl FnMut(Option<&Loaded<R, E>>) -> (RecordChange<R, E>, T),
    ) -> Result<Decided<'_, R, E, T>, Error> {
        let mut lease = self.lease::<R, E>(id).await;
        for _ in 0..MAX_DECISIONS {
            let loaded = lease.load().await?;
            let (change, output) = decide(loaded.as_ref());
            let (record, effects) = match change {
                RecordChange::Commit(record, effects) => (record, effects),
                RecordChange::Keep if lease.is_cached() => {
                    lease.forget();
                    continue;
                }
                RecordChange::Keep => {
                    return Ok(Decided {
                        lease,
                        loaded,
                        output,
                    });
                }
            };
            let committed = match loaded {
                Some(_) => lease.replace(&record, &effects).await,
                None => lease.create(&record, &effects).await,
            };
            match committed {
                Ok(entry) => {
                    return Ok(Decided {
                        lease,
                        loaded: Some(Loaded { entry, effects }),
                        output,
                    });
                }
                Err(Error::Conflict { .. } | Error::Exists { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::Contended {
            id: format!("{}/{id}", R::COLLECTION),
        })
    }

    /// Creates the record `id` without reading it first; reads it where it
    /// exists already.
    ///
    /// # Errors
    /// As [`Ledger::create`] and [`Ledger::load`].
    pub async fn create_or_load<R: Record, E: Serialize + DeserializeOwned>(
        &self,
        id: &R::Id,
        record: &R,
        effects: Vec<E>,
    ) -> Result<Decided<'_, R, E, Creation>, Error> {
        let mut lease = self.lease::<R, E>(id).await;
        let (loaded, output) = match lease.create(record, &effects).await {
            Ok(entry) => (Some(Loaded { entry, effects }), Creation::Created),
            Err(Error::Exists { .. }) => (lease.reload().await?, Creation::Existed),
            Err(error) => return Err(error),
        };
        Ok(Decided {
            lease,
            loaded,
            output,
        })
    }

    /// [`Ledger::decide`] for records without effects: commits what `change`
    /// makes of the record, unless that is nothing or the same, and returns
    /// the record as it is then.
    ///
    /// # Errors
    /// As [`Ledger::decide`].
    pub async fn update<R: Record + PartialEq>(
        &self,
        id: &R::Id,
        mut change: impl FnMut(Option<&R>) -> Option<R>,
    ) -> Result<Option<R>, Error> {
        let decided = self.decide::<R, (), ()>(id, |loaded| {
            let before = loaded.map(|loaded| &loaded.entry.record);
            let next = change(before).filter(|next| before != Some(next));
            (
                next.map_or(RecordChange::Keep, |next| {
                    RecordChange::Commit(next, Vec::new())
                }),
                (),
            )
        });
        Ok(decided.await?.loaded.map(|loaded| loaded.entry.record))
    }
}
