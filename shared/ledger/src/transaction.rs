//! Read, decide, commit; and again where somebody else committed first.

use crate::{Error, Lease, Ledger, Loaded, Record};
use serde::{Serialize, de::DeserializeOwned};

/// How often a decision is made before it is given up: every time but the
/// last, somebody else committed first.
const MOST_DECISIONS: usize = 5;

/// What a decision makes of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordChange<R, E> {
    /// Write this record with these effects, in one commit.
    Commit(R, Vec<E>),
    /// Write nothing.
    Keep,
}

/// What came of a decision.
pub struct Decided<'a, R: Record, E, T> {
    /// Keeps other handlers of this process away until it is dropped.
    pub lease: Lease<'a, R, E>,
    /// The record as it is after the decision; `None` if there is none.
    pub loaded: Option<Loaded<R, E>>,
    /// What the decision answered.
    pub answer: T,
}

/// Whether a record was created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// By this call.
    Created,
    /// Earlier, perhaps by this very caller with an answer that was lost.
    Existed,
}

impl Ledger {
    /// Calls `decide` with the record `id` and commits the change that it
    /// returns. `decide` may first see what this process last read or wrote;
    /// it is called again with what is stored where the commit fails because
    /// somebody else wrote, and where it keeps a record that was not read in
    /// this call: only a commit proves that a cached record was current. Its
    /// last answer counts.
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
        for _ in 0..MOST_DECISIONS {
            let loaded = lease.load().await?;
            let (change, answer) = decide(loaded.as_ref());
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
                        answer,
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
                        answer,
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
        let (loaded, answer) = match lease.create(record, &effects).await {
            Ok(entry) => (Some(Loaded { entry, effects }), Creation::Created),
            Err(Error::Exists { .. }) => (lease.reload().await?, Creation::Existed),
            Err(error) => return Err(error),
        };
        Ok(Decided {
            lease,
            loaded,
            answer,
        })
    }

    /// [`Ledger::decide`] for records without effects: commits what `change`
    /// makes of the record, unless that is nothing or the same, and answers
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
