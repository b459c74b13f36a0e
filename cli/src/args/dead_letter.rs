//! The options of `groundcrew dead-letter`.

use super::TargetArgs;
use clap::{Args, Subcommand};
use names::TopicName;

#[derive(Debug, Subcommand)]
pub(crate) enum DeadLetterCommand {
    /// List the events that could not be handled, oldest first
    #[command(after_help = "\
Examples:
  groundcrew dead-letter list
  groundcrew dead-letter list --limit 1000 --json")]
    List {
        /// Maximum number of dead letters
        #[arg(long, value_name = "N", default_value_t = 100,
            value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Show one: why it could not be handled, its attributes and its data
    #[command(after_help = "\
Examples:
  groundcrew dead-letter show ID
  groundcrew dead-letter show ID --json")]
    Show {
        /// ID of the dead letter
        id: String,
        /// Print JSON, with the data in base64
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Publish events again on the topics that they came from, and remove them here
    #[command(after_help = "\
Examples:
  groundcrew dead-letter replay ID
  groundcrew dead-letter replay --all

An event that still cannot be handled comes back as a dead letter. One that is
interrupted between the two steps may be published twice, which every function
tolerates.")]
    Replay {
        #[command(flatten)]
        chosen: ChosenLetters,
        /// The topic to publish on, if the dead letter does not say where it came from
        #[arg(long, value_name = "TOPIC")]
        topic: Option<TopicName>,
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Remove dead letters for good
    #[command(after_help = "\
Examples:
  groundcrew dead-letter drop ID
  groundcrew dead-letter drop --all --yes

With --all it asks for confirmation.")]
    Drop {
        #[command(flatten)]
        chosen: ChosenLetters,
        /// Do not ask for confirmation
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        target: TargetArgs,
    },
}

/// Which dead letters.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct ChosenLetters {
    /// IDs of dead letters
    #[arg(value_name = "ID")]
    pub(crate) ids: Vec<String>,
    /// All that there are
    #[arg(long)]
    pub(crate) all: bool,
}
