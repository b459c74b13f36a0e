//! The subscription in which dead letters wait.

use super::letter::DeadLetter;
use crate::{args::ChosenLetters, out, target::Target};
use anyhow::{Context, Result, bail};
use gcp::{
    Client,
    methods::pubsub::{self, ReceivedMessage},
};
use names::SubscriptionName;
use std::collections::BTreeMap;

/// A pull may return nothing although there are messages: so many in a row mean
/// that there are none.
const EMPTY_PULLS: u32 = 3;
const PULL_SIZE: u32 = 100;
/// How many messages one request may acknowledge or release.
const CHUNK_SIZE: usize = 500;

/// The dead letters of a deployment.
pub(super) struct Queue {
    client: Client,
    subscription: SubscriptionName,
}

/// Dead letters that were pulled: nobody else gets them until they are released,
/// or their ack deadline ends.
pub(super) struct Pulled {
    /// The oldest first.
    pub(super) letters: Vec<ReceivedMessage>,
    /// Whether there may be more.
    pub(super) is_cut: bool,
}

impl Queue {
    pub(super) fn of(target: &Target) -> Result<Self> {
        let topic = &target.deployment.topics.dead_letters;
        Ok(Self {
            client: target.client.clone(),
            subscription: SubscriptionName::new(topic.project().clone(), topic.id())?,
        })
    }

    /// Pulls dead letters until `is_enough` or until there are none.
    pub(super) async fn pull(
        &self,
        is_enough: impl Fn(&BTreeMap<String, ReceivedMessage>) -> bool,
    ) -> Result<Pulled> {
        // By ID: one whose deadline has ended comes again.
        let mut found = BTreeMap::new();
        let mut empty = 0;
        let mut is_cut = false;
        while empty < EMPTY_PULLS && !is_cut {
            let received = pubsub::pull(&self.client, &self.subscription, PULL_SIZE).await;
            let received = received.context("cannot read the dead letters")?;
            let before = found.len();
            found.extend(received.into_iter().map(|one| (one.id.clone(), one)));
            empty = if found.len() == before { empty + 1 } else { 0 };
            is_cut = is_enough(&found);
        }
        let mut letters: Vec<ReceivedMessage> = found.into_values().collect();
        letters.sort_by_key(|one| (DeadLetter::of(one).at, one.id.clone()));
        Ok(Pulled { letters, is_cut })
    }

    /// The dead letters that `chosen` names. Others are released.
    ///
    /// # Errors
    /// One of them was not found; none is left pulled.
    pub(super) async fn pull_chosen(&self, chosen: &ChosenLetters) -> Result<Vec<ReceivedMessage>> {
        let ids = &chosen.ids;
        let has_all = |found: &BTreeMap<_, _>| ids.iter().all(|id| found.contains_key(id));
        let pulled = self.pull(|found| !chosen.all && has_all(found)).await?;
        let (kept, others): (Vec<_>, Vec<_>) = pulled
            .letters
            .into_iter()
            .partition(|one| chosen.all || ids.contains(&one.id));
        self.release(&others).await?;
        if let Some(missing) = ids.iter().find(|id| !kept.iter().any(|one| one.id == **id)) {
            self.release(&kept).await?;
            bail!("dead letter {missing} not found: list them with `groundcrew dead-letter list`");
        }
        Ok(kept)
    }

    /// Gives back what was pulled.
    pub(super) async fn release(&self, letters: &[ReceivedMessage]) -> Result<()> {
        for chunk in ack_ids(letters).chunks(CHUNK_SIZE) {
            pubsub::release(&self.client, &self.subscription, chunk).await?;
        }
        Ok(())
    }

    /// Removes what was pulled.
    pub(super) async fn remove(&self, letters: &[ReceivedMessage]) -> Result<()> {
        for chunk in ack_ids(letters).chunks(CHUNK_SIZE) {
            pubsub::acknowledge(&self.client, &self.subscription, chunk).await?;
        }
        Ok(())
    }
}

fn ack_ids(letters: &[ReceivedMessage]) -> Vec<String> {
    letters.iter().map(|one| one.ack_id.clone()).collect()
}

/// Says that there are none.
pub(super) fn note_none() {
    out::note!("no dead letters");
}
