/** Values of a section, each of the kind that it has to have. */
import { DvmError } from "../../base/error.ts";
import { isSection, type TextSection, type TextValue } from "./section.ts";

/** A section with what messages call it. */
export class Fields {
  readonly section: TextSection;
  readonly whose: string;

  constructor(section: TextSection, whose: string) {
    this.section = section;
    this.whose = whose;
  }

  corrupt(what: string): DvmError {
    return new DvmError("CORRUPT", `${this.whose}: ${what}`);
  }

  /** @throws DvmError CORRUPT when it is a section */
  #value(key: string): TextValue | undefined {
    const value = this.section.items.get(key);
    if (isSection(value)) throw this.corrupt(`${key} is a section`);
    return value;
  }

  /** A whole number of at least 0; undefined when it is not there. */
  maybeCount(key: string): number | undefined {
    const value = this.#value(key);
    if (value === undefined) return undefined;
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0)
      throw this.corrupt(`${key} is no whole number`);
    return value;
  }

  /** A whole number; undefined for anything else. */
  countIfAny(key: string): number | undefined {
    const value = this.section.items.get(key);
    return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  }

  count(key: string): number {
    return this.maybeCount(key) ?? this.#lacks(key);
  }

  maybeText(key: string): string | undefined {
    const value = this.#value(key);
    if (value !== undefined && typeof value !== "string") throw this.corrupt(`${key} is no text`);
    return value;
  }

  text(key: string): string {
    return this.maybeText(key) ?? this.#lacks(key);
  }

  /** A list of texts; one alone may stand without brackets. */
  texts(key: string): readonly string[] {
    const value = this.#value(key) ?? [];
    const list = typeof value === "object" ? value : [value];
    if (!list.every((each): each is string => typeof each === "string"))
      throw this.corrupt(`${key} has something else than text`);
    return list;
  }

  /** Names of volumes, each with the extent that is meant. */
  areas(key: string): readonly { readonly name: string; readonly extent: number }[] {
    const value = this.#value(key);
    const list = typeof value === "object" ? value : this.#lacks(key);
    if (list.length % 2 !== 0) throw this.corrupt(`${key} has a name without an extent`);
    return Array.from({ length: list.length / 2 }, (_, index) => {
      const [name, extent] = [list[2 * index], list[2 * index + 1]];
      if (
        typeof name !== "string" ||
        typeof extent !== "number" ||
        !Number.isSafeInteger(extent) ||
        extent < 0
      )
        throw this.corrupt(`${key} is no list of volumes and extents`);
      return { name, extent };
    });
  }

  /** Sections of a section, by name. */
  sections(key: string): readonly (readonly [string, Fields])[] {
    const value = this.section.items.get(key);
    if (value === undefined) return [];
    if (!isSection(value)) throw this.corrupt(`${key} is no section`);
    return [...value.items].map(([name, each]) => {
      if (!isSection(each)) throw this.corrupt(`${key} has ${name}, which is no section`);
      return [name, new Fields(each, `${this.whose}: ${name}`)];
    });
  }

  #lacks(key: string): never {
    throw this.corrupt(`has no ${key}`);
  }
}
