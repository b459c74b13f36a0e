//! The configuration of a world.

use crate::{
    agent_bug::AgentBug,
    chaos::{ConnectionFaults, FaultRates, RequestMutation},
    dice::Dice,
    translation::Translation,
};
use deployment::Identity;
use jobs::Decide;
use names::Duration;
use simulator::api::compute::RepeatedRequest;

/// The configuration of a world.
#[derive(Clone)]
pub struct WorldConfig {
    /// The seed of all random numbers.
    pub seed: u64,
    /// The rates of faults.
    pub faults: FaultRates,
    /// How long faults occur.
    pub storm: Duration,
    /// Whether Compute Engine's operations take as long as Google's, and a guest
    /// has 90 s to shut down.
    pub slow: bool,
    /// What a repeated request gets from Compute Engine if the first failed.
    pub repeats: RepeatedRequest,
    /// How often Cloud Scheduler ticks.
    pub tick: Duration,
    /// The job flow's decision function, or one with a bug.
    pub decide: Decide,
    /// A simulated bug of the agent.
    pub agent_bug: AgentBug,
    /// A simulated bug of a caller.
    pub mutation: Option<RequestMutation>,
    /// What one caller confuses.
    pub translation: Option<Translation>,
    /// Connections that fail deterministically.
    pub connection_faults: Option<ConnectionFaults>,
    /// Permissions that an identity lacks.
    pub deny: Vec<(Identity, String)>,
}

impl WorldConfig {
    /// A world without faults.
    #[must_use]
    pub fn calm(seed: u64) -> Self {
        Self {
            seed,
            faults: FaultRates::default(),
            storm: Duration::ZERO,
            slow: false,
            repeats: RepeatedRequest::default(),
            tick: Duration::from_secs(60),
            decide: jobs::decide,
            agent_bug: AgentBug::None,
            mutation: None,
            translation: None,
            connection_faults: None,
            deny: Vec::new(),
        }
    }

    /// A world with random faults, by seed.
    #[must_use]
    pub fn stormy(seed: u64) -> Self {
        let dice = Dice::new(seed ^ 0x5eed);
        let faults = FaultRates::random(&dice);
        // In every third seed, and without a number of the others.
        let faults = match seed % 3 {
            1 => faults.with_scarcity(&Dice::new(seed ^ 0x5ca2c)),
            2 => faults.with_self_stops(&Dice::new(seed ^ 0x57095)),
            _ => faults,
        };
        Self {
            faults,
            tick: Duration::from_secs(60 * dice.between(1, 5)),
            storm: Duration::from_secs(40 * 60),
            slow: true,
            repeats: match seed % 4 {
                1 => RepeatedRequest::BeginsAnew,
                3 => RepeatedRequest::IsIgnored,
                _ => RepeatedRequest::ReturnsFailure,
            },
            ..Self::calm(seed)
        }
    }
}
