//! One handler's turn at one record.

use crate::{
    Entry, Error, Ledger, Loaded, Record, document::StoredRecord, record_cache::CacheGuard,
};
use serde::{Serialize, de::DeserializeOwned};
use std::marker::PhantomData;

/// One handler's turn at one record: no other handler of this process has one
/// until it is dropped.
///
/// It may begin with what this process last read or wrote
/// ([`Seat::is_cached`]), which saves a read. Another process may have written
/// since: only a write that succeeds proves that it was current. Before
/// concluding that there is nothing to do, [`Seat::reload`].
pub struct Lease<'a, R, E> {
    ledger: &'a Ledger,
    id: String,
    place: CacheGuard,
    fresh: bool,
    types: PhantomData<fn() -> (R, E)>,
}

impl<'a, R: Record, E: Serialize + DeserializeOwned> Lease<'a, R, E> {
    pub(crate) fn new(ledger: &'a Ledger, id: &str, place: CacheGuard) -> Self {
        Self {
            ledger,
            id: id.to_owned(),
            place,
            fresh: false,
            types: PhantomData,
        }
    }

    /// Whether [`Seat::load`] answers, or answered, what was neither read nor
    /// written in this turn.
    #[must_use]
    pub fn is_cached(&self) -> bool {
        self.place.is_some() && !self.fresh
    }

    /// The record and its outbox, from this process's memory if it has them.
    ///
    /// # Errors
    /// As [`Ledger::load`].
    pub async fn load(&mut self) -> Result<Option<Loaded<R, E>>, Error> {
        match &*self.place {
            Some(sheet) => sheet.loaded(&self.id).map(Some),
            None => self.reload().await,
        }
    }

    /// The record and its outbox as they are in Firestore now.
    ///
    /// # Errors
    /// As [`Ledger::load`].
    pub async fn reload(&mut self) -> Result<Option<Loaded<R, E>>, Error> {
        self.forget();
        let Some(sheet) = self.ledger.read::<R>(&self.id, true).await? else {
            return Ok(None);
        };
        let loaded = sheet.loaded(&self.id)?;
        self.keep(sheet);
        Ok(Some(loaded))
    }

    /// As [`Ledger::create`].
    ///
    /// # Errors
    /// As [`Ledger::create`].
    pub async fn create(&mut self, record: &R, effects: &[E]) -> Result<Entry<R>, Error> {
        self.forget();
        let sheet = self.ledger.write_new(&self.id, record, effects).await?;
        let entry = sheet.entry_of(&self.id, record.clone());
        self.keep(sheet);
        Ok(entry)
    }

    /// Replaces the record and its outbox, if nobody wrote since they were
    /// loaded or written in this turn, or before it if [`Seat::is_cached`].
    ///
    /// # Errors
    /// As [`Ledger::replace`]; [`Error::Conflict`] too if there is nothing to
    /// replace because nothing was loaded since the seat was taken, or since a
    /// write failed.
    pub async fn replace(&mut self, record: &R, effects: &[E]) -> Result<Entry<R>, Error> {
        // Taken off before the call: one that fails, or whose handler is
        // dropped meanwhile, may have been applied.
        let Some(base) = self.place.take() else {
            let id = format!("{}/{}", R::COLLECTION, self.id);
            return Err(Error::Conflict { id });
        };
        let write = self
            .ledger
            .write_over(&self.id, base.revision, &base.version, record, effects);
        let sheet = write.await?;
        let entry = sheet.entry_of(&self.id, record.clone());
        self.keep(sheet);
        Ok(entry)
    }

    /// Forgets what this process remembers, so that the next [`Seat::load`]
    /// reads.
    pub fn forget(&mut self) {
        *self.place = None;
    }

    fn keep(&mut self, sheet: StoredRecord) {
        self.fresh = true;
        *self.place = Some(sheet);
    }
}
