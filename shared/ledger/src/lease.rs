//! Exclusive use of one record within this process.

use crate::{
    Entry, Error, Ledger, Loaded, Record, document::StoredRecord, record_cache::CacheGuard,
};
use serde::{Serialize, de::DeserializeOwned};
use std::marker::PhantomData;

/// Exclusive use of one record within this process, until it is dropped.
///
/// It may begin with what this process last read or wrote
/// ([`Lease::is_cached`]), which saves a read. Another process may have written
/// since: only a write that succeeds proves that it was current. Before
/// concluding that there is nothing to do, [`Lease::reload`].
pub struct Lease<'a, R: Record, E> {
    ledger: &'a Ledger,
    id: R::Id,
    cached: CacheGuard,
    fresh: bool,
    effect: PhantomData<fn() -> E>,
}

impl Ledger {
    /// Waits until no other handler of this process has a lease of the record
    /// `id`, and takes it.
    pub async fn lease<R: Record, E: Serialize + DeserializeOwned>(
        &self,
        id: &R::Id,
    ) -> Lease<'_, R, E> {
        let cached = self.cache.lock(&format!("{}/{id}", R::COLLECTION)).await;
        Lease::new(self, id, cached)
    }
}

impl<'a, R: Record, E: Serialize + DeserializeOwned> Lease<'a, R, E> {
    fn new(ledger: &'a Ledger, id: &R::Id, cached: CacheGuard) -> Self {
        Self {
            ledger,
            id: id.clone(),
            cached,
            fresh: false,
            effect: PhantomData,
        }
    }

    /// Whether [`Lease::load`] answers, or answered, what was neither read nor
    /// written under this lease.
    #[must_use]
    pub fn is_cached(&self) -> bool {
        self.cached.is_some() && !self.fresh
    }

    /// The record and its outbox, from this process's cache if they are there.
    ///
    /// # Errors
    /// As [`Ledger::load`].
    pub async fn load(&mut self) -> Result<Option<Loaded<R, E>>, Error> {
        match &*self.cached {
            Some(stored) => stored.loaded(&self.id).map(Some),
            None => self.reload().await,
        }
    }

    /// The record and its outbox as they are in Firestore now.
    ///
    /// # Errors
    /// As [`Ledger::load`].
    pub async fn reload(&mut self) -> Result<Option<Loaded<R, E>>, Error> {
        self.forget();
        let Some(stored) = self.ledger.read::<R>(&self.id, true).await? else {
            return Ok(None);
        };
        let loaded = stored.loaded(&self.id)?;
        self.keep(stored);
        Ok(Some(loaded))
    }

    /// As [`Ledger::create`].
    ///
    /// # Errors
    /// As [`Ledger::create`].
    pub async fn create(&mut self, record: &R, effects: &[E]) -> Result<Entry<R>, Error> {
        self.forget();
        let stored = self.ledger.write_new(&self.id, record, effects).await?;
        let entry = stored.entry_of(&self.id, record.clone());
        self.keep(stored);
        Ok(entry)
    }

    /// Replaces the record and its outbox, if nobody wrote since they were
    /// loaded or written under this lease, or before it if [`Lease::is_cached`].
    ///
    /// # Errors
    /// As [`Ledger::replace`]; [`Error::Conflict`] too if there is nothing to
    /// replace because nothing was loaded since the lease was taken, or since a
    /// write failed.
    pub async fn replace(&mut self, record: &R, effects: &[E]) -> Result<Entry<R>, Error> {
        // Taken out of the cache before the call: one that fails, or whose
        // handler is dropped meanwhile, may have been applied.
        let Some(base) = self.cached.take() else {
            let id = format!("{}/{}", R::COLLECTION, self.id);
            return Err(Error::Conflict { id });
        };
        let write = self
            .ledger
            .write_over(&self.id, base.revision, &base.version, record, effects);
        let stored = write.await?;
        let entry = stored.entry_of(&self.id, record.clone());
        self.keep(stored);
        Ok(entry)
    }

    /// Forgets what this process remembers, so that the next [`Lease::load`]
    /// reads.
    pub fn forget(&mut self) {
        *self.cached = None;
    }

    fn keep(&mut self, stored: StoredRecord) {
        self.fresh = true;
        *self.cached = Some(stored);
    }
}
