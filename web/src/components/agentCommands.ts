// How agents come to this portal (AGT-5..13): commands for one portal and one key.

const CONF = '/etc/sysconfig/kcare/kcare.conf';

export const installRpm = 'yum install -y kernelcare';
export const installDeb = 'apt-get install -y kernelcare';

/** The two lines by which an agent knows its portal (AGT-9, AGT-10). */
export function confLines(portal: string): string[] {
    return [`PATCH_SERVER=${portal}/`, `REGISTRATION_URL=${portal}/admin/api/kcare`];
}

/** Takes the old lines out and puts these in, however often it is run. */
export function pointTo(portal: string): string {
    const lines = confLines(portal).map((line) => `'${line}'`).join(' ');
    return [
        `sed -i -e '/^PATCH_SERVER=/d' -e '/^REGISTRATION_URL=/d' ${CONF}`,
        `printf '%s\\n' ${lines} >> ${CONF}`
    ].join('\n');
}

export function conf(portal: string): string {
    return ['AUTO_UPDATE=True', ...confLines(portal)].join('\n');
}

export function register(key: string): string {
    return `kcarectl --register ${key}`;
}

/** One server from nothing to its registration, whichever packages it has. */
export function allSteps(portal: string, key: string): string {
    return [`${installRpm} || ${installDeb}`, pointTo(portal), register(key)].join('\n');
}

export function playbook(portal: string, key: string): string {
    return `- hosts: kernelcare
  vars:
    eportal: ${portal}
    activation_key: ${key}
  tasks:
    - name: install the KernelCare agent
      package:
        name: kernelcare
        state: present

    - name: point the agent to ePortal
      lineinfile:
        path: ${CONF}
        regexp: '^{{ item.name }}='
        line: '{{ item.name }}={{ item.value }}'
      loop:
        - { name: AUTO_UPDATE, value: 'True' }
        - { name: PATCH_SERVER, value: '{{ eportal }}/' }
        - { name: REGISTRATION_URL, value: '{{ eportal }}/admin/api/kcare' }

    - name: register the agent
      command: /usr/bin/kcarectl --register {{ activation_key }}`;
}

export const playbookRemove = `- hosts: kernelcare
  tasks:
    - name: unregister KernelCare agents
      command: /usr/bin/kcarectl --unregister
      ignore_errors: yes
      args:
        removes: /usr/bin/kcarectl

    - name: remove the kernelcare package
      package:
        name: kernelcare
        state: absent`;

/** From one portal to another, on a machine that reaches both (bash). */
export const carry = `comm -23 \\
    <(ssh eportal-test 'cd /var/lib/eportal/arch && ls K*.tar.bz2' | sort) \\
    <(ssh eportal-prod 'cd /var/lib/eportal/arch && ls K*.tar.bz2' | sort) \\
    > patchsets.diff
mkdir -p carry
xargs -a patchsets.diff -I{} rsync -a eportal-test:/var/lib/eportal/arch/{} carry/
rsync -a carry/ eportal-prod:/tmp/carry/
ssh eportal-prod 'kc.eportal kcare deploy /tmp/carry/K*.tar.bz2'`;
