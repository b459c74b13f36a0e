//! What a world is made of.

use crate::{
    chaos::{Cut, Mix, Tamper},
    dice::Dice,
    machine::AgentBug,
};
use groundcrew::deployment::Identity;
use jobs::Decide;
use names::Duration;

/// What a world is made of.
#[derive(Clone)]
pub struct Plan {
    /// The seed of everything that is drawn.
    pub seed: u64,
    /// What goes wrong until the calm.
    pub mix: Mix,
    /// How long things go wrong.
    pub storm: Duration,
    /// Whether Compute Engine takes as long as on Google, where a guest has
    /// 90 s to shut down.
    pub slow: bool,
    /// How often Cloud Scheduler ticks.
    pub tick: Duration,
    /// The job flow's decisions, or a bug in their place.
    pub decide: Decide,
    /// A bug in the agent.
    pub agent_bug: AgentBug,
    /// A bug on the wire.
    pub tamper: Option<Tamper>,
    /// Connections that fail.
    pub cut: Option<Cut>,
    /// Permissions taken away.
    pub deny: Vec<(Identity, String)>,
}

impl Plan {
    /// A world in which nothing goes wrong.
    #[must_use]
    pub fn calm(seed: u64) -> Self {
        Self {
            seed,
            mix: Mix::default(),
            storm: Duration::ZERO,
            slow: false,
            tick: Duration::from_secs(60),
            decide: jobs::decide,
            agent_bug: AgentBug::None,
            tamper: None,
            cut: None,
            deny: Vec::new(),
        }
    }

    /// The storm of a seed.
    #[must_use]
    pub fn stormy(seed: u64) -> Self {
        let dice = Dice::new(seed ^ 0x5eed);
        Self {
            mix: Mix::of(&dice),
            tick: Duration::from_secs(60 * dice.between(1, 5)),
            storm: Duration::from_secs(40 * 60),
            slow: true,
            ..Self::calm(seed)
        }
    }
}
