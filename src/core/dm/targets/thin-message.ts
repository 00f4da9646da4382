/** Messages to a thin pool: what changes the set of its thin devices. */
import { insist, readSigned } from "./target.ts";

/** Thin ids have 24 bits. */
export const MAX_THIN_ID = 2 ** 24 - 1;

export type ThinMessage =
  | { readonly message: "create_thin"; readonly id: number }
  /** The origin, when it is live, must be suspended meanwhile. */
  | { readonly message: "create_snap"; readonly id: number; readonly origin: number }
  | { readonly message: "delete"; readonly id: number }
  | { readonly message: "set_transaction_id"; readonly from: number; readonly to: number }
  | { readonly message: "reserve_metadata_snap" | "release_metadata_snap" };

/** @throws TargetRefusal with the errno that the kernel gives */
export function decodeThinMessage(text: string): ThinMessage {
  const [message, ...args] = text.trim().split(/\s+/);
  const takes = (count: number) =>
    insist(args.length === count, "Message received with wrong number of arguments");
  const id = (index: number) =>
    readSigned(args[index], "Message received with invalid device id", 0, MAX_THIN_ID);
  switch (message) {
    case "create_thin":
    case "delete":
      takes(1);
      return { message, id: id(0) };
    case "create_snap":
      takes(2);
      return { message, id: id(0), origin: id(1) };
    case "set_transaction_id": {
      takes(2);
      const [from, to] = [0, 1].map((index) =>
        readSigned(args[index], "Message received with unrecognised id"),
      );
      return { message, from: from ?? 0, to: to ?? 0 };
    }
    case "reserve_metadata_snap":
    case "release_metadata_snap":
      takes(0);
      return { message };
    default:
      insist(false, "Unrecognised thin pool target message received");
  }
}

export function encodeThinMessage(message: ThinMessage): string {
  switch (message.message) {
    case "create_thin":
    case "delete":
      return `${message.message} ${message.id}`;
    case "create_snap":
      return `create_snap ${message.id} ${message.origin}`;
    case "set_transaction_id":
      return `set_transaction_id ${message.from} ${message.to}`;
    default:
      return message.message;
  }
}
