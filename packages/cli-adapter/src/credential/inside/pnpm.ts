// pnpm: a tokenHelper. It says nothing, and puts "Bearer" before what it gets.
import { EXIT } from "../../outcome/exit-codes.js";
import { isNone, type Contract } from "../contract.js";
import { exitOf } from "./exit-of.js";

export const pnpm: Contract = async (_, get) => {
  const outcome = await get({});
  if (isNone(outcome)) return { exitCode: exitOf(outcome) };
  return { stdout: `${outcome.accessToken}\n`, exitCode: EXIT.done };
};
