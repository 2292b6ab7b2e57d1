//! The command line.

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use wirecheck::command::{self, Exit};

/// Tells whether an implementation of MQTT, MQTT-SN, CoAP or XMPP does what its specification says.
#[derive(Parser)]
#[command(name = "wirecheck", version, after_help = command::EXIT_CODES)]
struct Cli {
    /// Colours on the terminal.
    #[arg(long, global = true, value_enum, default_value_t = command::Color::Auto)]
    color: command::Color,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Run the cases against a target; without one, against the built-in reference peers.
    Run(command::run::Args),
    /// Say what a target can do, and how that is known.
    Probe(command::probe::Args),
    /// Send what failed again, from a sender of its own, and compare the answers.
    Confirm(command::confirm::Args),
    /// Say what is different between two results.
    Diff(command::diff::Args),
    /// Start the implementations that are installed here, judge them and publish the results.
    Lab(command::lab::Args),
    /// Build pages that compare published results, requirement by implementation.
    Matrix(command::matrix::Args),
    /// List the cases.
    List(command::list::Args),
    /// Print cases as readable scripts, with the requirements they check.
    Show(command::show::Args),
    /// Take the bytes of packets apart.
    Decode(command::decode::Args),
    /// Turn the JSON forms of packets into bytes.
    Encode(command::encode::Args),
    /// Judge a recording, or print its messages.
    Replay(command::replay::Args),
    /// Check the cases themselves and print what they cover.
    Check(command::check::Args),
    /// Be a reference peer, with a fault or a variant if asked to.
    Serve(command::serve::Args),
    /// Print what a shell needs to complete the command line.
    Completions(command::completions::Args),
    /// Print the page of the manual, or write all of them.
    Man(command::completions::ManArgs),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    cli.color.apply();
    command::remember_path();
    let ended = match &cli.verb {
        Verb::Run(args) => command::run::run(args),
        Verb::Probe(args) => command::probe::run(args),
        Verb::Confirm(args) => command::confirm::run(args),
        Verb::Diff(args) => command::diff::run(args),
        Verb::Lab(args) => command::lab::run(args),
        Verb::Matrix(args) => command::matrix::run(args),
        Verb::List(args) => command::list::run(args),
        Verb::Show(args) => command::show::run(args),
        Verb::Decode(args) => command::decode::run(args),
        Verb::Encode(args) => command::encode::run(args),
        Verb::Replay(args) => command::replay::run(args),
        Verb::Check(args) => command::check::run(args),
        Verb::Serve(args) => command::serve::run(args),
        Verb::Completions(args) => command::completions::run(args, Cli::command()),
        Verb::Man(args) => command::completions::man(args, Cli::command()),
    };
    let exit = ended.unwrap_or_else(|stop| {
        command::print_stop(&stop);
        stop.exit
    });
    ExitCode::from(Exit::code(exit))
}
