//! Compute Engine, v1.

use crate::{route::Route, table::Journaled};
use names::Timestamp;

pub(crate) const ROUTES: &[Route] = &[];

/// The state of the API.
#[derive(Debug, Clone)]
pub(crate) struct Compute {}

impl Compute {
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

/// A machine as whoever carries out its power commands sees it.
#[derive(Debug, Clone)]
pub struct InstanceView {
    /// The numeric id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The zone's name.
    pub zone: String,
    /// The project's id.
    pub project: String,
    /// `RUNNING`, `STOPPING`, ….
    pub status: String,
    /// The service account, if it has one.
    pub account: Option<String>,
    /// The metadata items.
    pub metadata: std::collections::BTreeMap<String, String>,
}

impl crate::Cloud {
    /// The machine's guest has stopped.
    pub fn guest_stopped(&mut self, _id: &str, _now: Timestamp) {}

    /// The machine with this id.
    #[must_use]
    pub fn instance_view(&self, _id: &str) -> Option<InstanceView> {
        None
    }
}
