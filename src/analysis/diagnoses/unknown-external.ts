/** D7: a registered destination outside the cluster is no longer registered. */
import {
  clientWords,
  type Diagnosis,
  placeNames,
  placesWords,
  podArgument,
  remedy,
  verb,
  yamlWord,
} from './diagnosis.ts';

export const unknownExternal: Diagnosis = {
  id: 'unknown_external',
  tell: (subject) => ({
    title: `${placesWords(subject)} ${verb(placeNames(subject), 'is', 'are')} no longer registered for ${clientWords(subject)}`,
    cause:
      `Connections to this address went under the name ${subject.host ?? 'of a ServiceEntry'} before and now pass ` +
      `through unnamed: they work, but no policy and no metric of that name applies to them.`,
    remedies: [
      remedy('Register the destination again', 'ServiceEntry', {
        yaml: `spec:
  hosts: [${yamlWord(subject.host ?? 'HOST')}]
  addresses: [${yamlWord(subject.places[0]?.ip ?? 'ADDRESS')}]
`,
        caveat: 'Keep the addresses: without them a TCP entry takes the whole port.',
      }),
    ],
    verify: [`istioctl pc listeners ${podArgument(subject.clients[0])} --port ${subject.port ?? 'PORT'}`],
  }),
};
