//! Key rings: only their existence is observed.

use super::{
    api::api_of,
    kind::{Kind, RecognisedBy},
};
use crate::ResourceId;
use gcp::{Collection, methods::kms};
use names::KeyRingName;

/// A key ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRing {
    /// `projects/{project}/locations/{location}/keyRings/{ring}`.
    pub name: KeyRingName,
}

impl Kind for KeyRing {
    type Name = KeyRingName;

    const COLLECTION: &'static Collection = &kms::RINGS;
    const RECOGNISED_BY: RecognisedBy = RecognisedBy::Contents;

    fn name(&self) -> KeyRingName {
        self.name.clone()
    }

    fn dependencies(&self) -> Vec<ResourceId> {
        api_of(self.name.project(), "cloudkms.googleapis.com").into()
    }
}
