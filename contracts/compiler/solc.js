#!/usr/bin/env node
// The pinned compiler of npm behind the command line of the native one: `--version`, and standard JSON from stdin to stdout.
// The stock `solcjs` fails on a piped stdin (EAGAIN) and cuts its output at 128 KiB; see contracts/README.md.
"use strict";

const fs = require("fs");
const path = require("path");
const solc = require("solc");

const CONTRACTS_FOLDER = path.resolve(__dirname, "..");
// Relative to these, in this order, an import is looked up that is not in the `sources` map of the input.
const IMPORT_FOLDERS = [CONTRACTS_FOLDER, path.join(CONTRACTS_FOLDER, "node_modules")];

// The native compiler says `0.8.37+commit.f401782d.Linux.g++`; forge and py-solc-x read the part before the platform.
function versionText() {
  return `solc, the solidity compiler commandline interface\nVersion: ${solc.version()}\n`;
}

// Answers the compiler with a source that the input did not carry. Nothing outside contracts/ is ever read.
function findImport(name) {
  for (const folder of IMPORT_FOLDERS) {
    const file = path.resolve(folder, name);
    if (file.startsWith(CONTRACTS_FOLDER + path.sep) && fs.existsSync(file)) {
      return { contents: fs.readFileSync(file, "utf8") };
    }
  }
  return { error: `File not found inside contracts/: ${name}` };
}

// A stream, because a synchronous read of a pipe that is not filled yet fails with EAGAIN.
async function readStandardInput() {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

async function main(args) {
  if (args.includes("--version")) {
    process.stdout.write(versionText());
    return;
  }
  if (!args.includes("--standard-json")) {
    process.stderr.write("This compiler answers --version and --standard-json (input on stdin) only.\n");
    process.exitCode = 2;
    return;
  }
  const output = solc.compile(await readStandardInput(), { import: findImport });
  // Never process.exit after this: it would cut what the pipe has not taken yet.
  process.stdout.write(output);
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`${error.stack || error}\n`);
  process.exitCode = 1;
});
