//! Cloud Storage, JSON v1.

use crate::{route::Route, table::Journaled};
use names::Timestamp;

pub(crate) const ROUTES: &[Route] = &[];

/// The state of the API.
#[derive(Debug, Clone)]
pub(crate) struct Storage {}

impl Storage {
    pub(crate) fn new() -> Self {
        Self {}
    }

    pub(crate) fn tables(&mut self) -> Vec<&mut dyn Journaled> {
        Vec::new()
    }

    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        None
    }
}

pub(crate) fn advance(_cloud: &mut crate::Cloud, _now: Timestamp) {}
